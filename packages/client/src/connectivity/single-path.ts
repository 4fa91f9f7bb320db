import type { DtlsParameters, OutsidePath, OutsideTransport, OutsideVerdict } from '@waterbus/protocol';

/** The used part of `RTCPeerConnection`. */
export type ConnectingPeer = Pick<
  RTCPeerConnection,
  | 'addTransceiver'
  | 'setLocalDescription'
  | 'localDescription'
  | 'setRemoteDescription'
  | 'addEventListener'
  | 'connectionState'
  | 'close'
>;

/**
 * Connects to a media node on one path alone, as a call does: ICE, then DTLS. `connect` opens the
 * server's end, with the candidates of that path.
 */
export async function trySinglePath(
  { kind, iceServer }: Pick<OutsidePath, 'kind' | 'iceServer'>,
  open: (configuration: RTCConfiguration) => ConnectingPeer,
  connect: (dtlsParameters: DtlsParameters) => Promise<OutsideTransport>,
  signal: AbortSignal,
): Promise<OutsideVerdict> {
  let peer: ConnectingPeer | undefined;
  const isRelay = kind.startsWith('relay');
  try {
    signal.throwIfAborted();
    peer = open({ iceServers: iceServer ? [iceServer] : [], iceTransportPolicy: isRelay ? 'relay' : 'all' });
    peer.addTransceiver('audio', { direction: 'sendonly' });
    await peer.setLocalDescription();
    const sdp = peer.localDescription?.sdp ?? '';
    const answer = answerTo(sdp, await connect(dtlsOf(sdp)));
    const outcome = outcomeOf(peer, signal);
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    return await outcome;
  } catch {
    // A browser without WebRTC, or a server that has ended the test.
    return 'unknown';
  } finally {
    peer?.close();
  }
}

function outcomeOf(peer: ConnectingPeer, signal: AbortSignal): Promise<OutsideVerdict> {
  return new Promise((resolve) => {
    const blocked = () => resolve('blocked');
    const timer = setTimeout(blocked, LONGEST_CONNECTING);
    const end = (verdict: OutsideVerdict) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      resolve(verdict);
    };
    const abort = () => end('unknown');
    signal.addEventListener('abort', abort, { once: true });
    peer.addEventListener('connectionstatechange', () => {
      if (peer.connectionState === 'connected') end('open');
      else if (peer.connectionState === 'failed' || peer.connectionState === 'closed') end('blocked');
    });
  });
}

function dtlsOf(offer: string): DtlsParameters {
  const [, algorithm = '', value = ''] = /^a=fingerprint:(\S+) (\S+)/m.exec(offer) ?? [];
  return { role: 'client', fingerprints: [{ algorithm, value }] };
}

/** The answer of an ICE-lite server that takes Opus, to an offer with one section of sound. */
function answerTo(offer: string, { iceParameters, iceCandidates, dtlsParameters }: OutsideTransport): string {
  const mid = /^a=mid:(\S+)/m.exec(offer)?.[1] ?? '0';
  const opus = /^a=rtpmap:(\d+) opus\/48000\/2/im.exec(offer)?.[1] ?? '111';
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${mid}`,
    `m=audio 9 UDP/TLS/RTP/SAVPF ${opus}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    'a=recvonly',
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    ...dtlsParameters.fingerprints.map(({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`),
    'a=setup:passive',
    ...iceCandidates.map(({ foundation, protocol, priority, address, port, type, tcpType }) => {
      const kind = tcpType === undefined ? `typ ${type}` : `typ ${type} tcptype ${tcpType}`;
      return `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} ${kind}`;
    }),
    'a=end-of-candidates',
    'a=rtcp-mux',
    `a=rtpmap:${opus} opus/48000/2`,
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** Milliseconds: TURN over TLS takes nine round trips, of 200 ms each on a slow mobile network. */
const LONGEST_CONNECTING = 8_000;
