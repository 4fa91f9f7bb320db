/**
 * The header extensions that the engine reads or passes on, and the ids under which its routers
 * offer them.
 */

export const ExtensionKind = {
  Mid: 1,
  Rid: 2,
  RepairedRid: 3,
  TransportWide: 4,
  AudioLevel: 5,
  VideoOrientation: 6,
  AbsoluteCaptureTime: 7,
  PlayoutDelay: 8,
  DependencyDescriptor: 9,
} as const;
export const EXTENSION_KINDS = 10;

export const extensionUris: Readonly<Record<string, number>> = {
  'urn:ietf:params:rtp-hdrext:sdes:mid': ExtensionKind.Mid,
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id': ExtensionKind.Rid,
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id': ExtensionKind.RepairedRid,
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01': ExtensionKind.TransportWide,
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level': ExtensionKind.AudioLevel,
  'urn:3gpp:video-orientation': ExtensionKind.VideoOrientation,
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time': ExtensionKind.AbsoluteCaptureTime,
  'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay': ExtensionKind.PlayoutDelay,
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension':
    ExtensionKind.DependencyDescriptor,
};

/**
 * Ids by kind in packets from routers. All are below 15, so one-byte headers suffice (RFC 8285
 * section 4.2).
 */
export const routerExtensionIds: readonly number[] = (() => {
  const ids = new Array<number>(EXTENSION_KINDS).fill(0);
  ids[ExtensionKind.Mid] = 1;
  ids[ExtensionKind.Rid] = 2;
  ids[ExtensionKind.RepairedRid] = 3;
  ids[ExtensionKind.TransportWide] = 5;
  ids[ExtensionKind.DependencyDescriptor] = 8;
  ids[ExtensionKind.AudioLevel] = 10;
  ids[ExtensionKind.VideoOrientation] = 11;
  ids[ExtensionKind.AbsoluteCaptureTime] = 13;
  ids[ExtensionKind.PlayoutDelay] = 14;
  return ids;
})();

/** Kinds copied from publishers' packets to receivers'. */
export const passedThroughKinds: readonly number[] = [
  ExtensionKind.AudioLevel,
  ExtensionKind.VideoOrientation,
  ExtensionKind.AbsoluteCaptureTime,
  ExtensionKind.PlayoutDelay,
];
