import { MediaError } from '../api/errors.js';
import type { MediaKind, RtcpFeedback, RtpCapabilities, RtpCodecCapability, RtpHeaderExtension } from '../api/types.js';
import { ExtensionKind, extensionUris, routerExtensionIds } from '../rtp/extensions.js';
import { sameCodec } from './codec-match.js';

/**
 * The capabilities that a router offers to participants. The engine must handle every codec of
 * `mediaCodecs`; without them, all are offered.
 */
export function routerCapabilities(mediaCodecs?: readonly RtpCodecCapability[]): RtpCapabilities {
  const codecs = mediaCodecs ? mediaCodecs.map(supported) : SUPPORTED;
  const capabilities: RtpCodecCapability[] = [];
  let payloadType = FIRST_PAYLOAD_TYPE;
  for (const codec of codecs) {
    if (payloadType + 1 > LAST_PAYLOAD_TYPE) throw new MediaError('invalid-parameters', 'too many codecs');
    const preferredPayloadType = payloadType++;
    capabilities.push({ ...structuredCopy(codec), preferredPayloadType });
    if (codec.kind !== 'video') continue;
    capabilities.push({
      kind: 'video',
      mimeType: 'video/rtx',
      preferredPayloadType: payloadType++,
      clockRate: codec.clockRate,
      parameters: { apt: preferredPayloadType },
      rtcpFeedback: [],
    });
  }
  const opus = capabilities.find(({ mimeType }) => mimeType.toLowerCase() === 'audio/opus');
  if (opus && payloadType <= LAST_PAYLOAD_TYPE) {
    const { clockRate, channels, preferredPayloadType } = opus;
    capabilities.push({
      kind: 'audio',
      mimeType: 'audio/red',
      preferredPayloadType: payloadType,
      clockRate,
      ...(channels === undefined ? {} : { channels }),
      parameters: redParameters(preferredPayloadType!),
      rtcpFeedback: [],
    });
  }
  return { codecs: capabilities, headerExtensions: HEADER_EXTENSIONS.map((extension) => ({ ...extension })) };
}

/**
 * The format of RED is a list without a name (RFC 2198 section 5): `a=fmtp:63 111/111`. Under an
 * empty name it survives the dictionaries of ORTC; mediasoup-client writes it as `=111/111`, which
 * libwebrtc reads the same way.
 */
export function redParameters(payloadType: number): Record<string, string> {
  return { '': `${payloadType}/${payloadType}` };
}

function supported(wanted: RtpCodecCapability): RtpCodecCapability {
  const found = SUPPORTED.find(
    (codec) =>
      codec.mimeType.toLowerCase() === wanted.mimeType.toLowerCase() &&
      codec.clockRate === wanted.clockRate &&
      (codec.channels ?? 1) === (wanted.channels ?? codec.channels ?? 1) &&
      (codec.kind === 'audio' || !wanted.parameters || sameCodec(codec, wanted)),
  );
  if (!found)
    throw new MediaError('invalid-parameters', `codec ${wanted.mimeType} at ${wanted.clockRate} Hz is not supported`);
  return { ...found, parameters: { ...found.parameters, ...wanted.parameters } };
}

function structuredCopy(codec: RtpCodecCapability): RtpCodecCapability {
  return {
    ...codec,
    parameters: { ...codec.parameters },
    rtcpFeedback: (codec.rtcpFeedback ?? []).map((feedback) => ({ ...feedback })),
  };
}

function extension(kind: MediaKind, what: number, direction: 'sendrecv' | 'recvonly'): RtpHeaderExtension {
  const uri = Object.keys(extensionUris).find((candidate) => extensionUris[candidate] === what)!;
  return { kind, uri, preferredId: routerExtensionIds[what]!, preferredEncrypt: false, direction };
}

const VIDEO_FEEDBACK: RtcpFeedback[] = [
  { type: 'nack', parameter: '' },
  { type: 'nack', parameter: 'pli' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'transport-cc', parameter: '' },
];

function h264(profileLevelId: string): RtpCodecCapability {
  const parameters = {
    'packetization-mode': 1,
    'profile-level-id': profileLevelId,
    'level-asymmetry-allowed': 1,
  };
  return { kind: 'video', mimeType: 'video/H264', clockRate: 90000, parameters, rtcpFeedback: VIDEO_FEEDBACK };
}

/**
 * One entry for each codec that `codecs/` classifies, and for each of its profiles that browsers
 * encode. The first is preferred.
 */
const SUPPORTED: RtpCodecCapability[] = [
  {
    kind: 'audio',
    mimeType: 'audio/opus',
    clockRate: 48000,
    channels: 2,
    parameters: {},
    rtcpFeedback: [
      { type: 'nack', parameter: '' },
      { type: 'transport-cc', parameter: '' },
    ],
  },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90000, parameters: {}, rtcpFeedback: VIDEO_FEEDBACK },
  {
    ...{ kind: 'video', mimeType: 'video/VP9', clockRate: 90000 },
    ...{ parameters: { 'profile-id': 0 }, rtcpFeedback: VIDEO_FEEDBACK },
  },
  h264('42e01f'),
  h264('42001f'),
  { kind: 'video', mimeType: 'video/AV1', clockRate: 90000, parameters: {}, rtcpFeedback: VIDEO_FEEDBACK },
];

/** `recvonly` is from the router's side: publishers may send it, receivers never get it. */
const HEADER_EXTENSIONS: RtpHeaderExtension[] = [
  extension('audio', ExtensionKind.Mid, 'recvonly'),
  extension('video', ExtensionKind.Mid, 'recvonly'),
  extension('video', ExtensionKind.Rid, 'recvonly'),
  extension('video', ExtensionKind.RepairedRid, 'recvonly'),
  extension('audio', ExtensionKind.TransportWide, 'sendrecv'),
  extension('video', ExtensionKind.TransportWide, 'sendrecv'),
  extension('audio', ExtensionKind.AudioLevel, 'sendrecv'),
  extension('video', ExtensionKind.VideoOrientation, 'sendrecv'),
  extension('audio', ExtensionKind.AbsoluteCaptureTime, 'sendrecv'),
  extension('video', ExtensionKind.AbsoluteCaptureTime, 'sendrecv'),
  extension('video', ExtensionKind.PlayoutDelay, 'sendrecv'),
  extension('video', ExtensionKind.DependencyDescriptor, 'sendrecv'),
];

/**
 * Dynamic payload types (RFC 3551 section 6); from 100 on, as in mediasoup, clear of those that RFC
 * 5761 excludes.
 */
const FIRST_PAYLOAD_TYPE = 100;
const LAST_PAYLOAD_TYPE = 127;
