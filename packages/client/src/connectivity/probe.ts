import type { PathVerdict } from '../api/connection-test.js';

/** The used part of `RTCPeerConnection`. */
export type ProbingPeer = Pick<
  RTCPeerConnection,
  'createDataChannel' | 'createOffer' | 'setLocalDescription' | 'addEventListener' | 'iceGatheringState' | 'close'
>;
export type OpenPeer = (configuration: RTCConfiguration) => ProbingPeer;

/**
 * A path to try. `mapped`: a STUN server answers; `relayed`: a TURN server allocates an address.
 */
export interface Probe {
  expects: 'mapped' | 'relayed';
  iceServers: RTCIceServer[];
}

export interface ProbeError {
  url: string;
  code: number;
  text: string;
}

export interface ProbeResult {
  verdict: PathVerdict;
  errors: ProbeError[];
}

/** Tries one path by gathering candidates. Resolves once the outcome is known, or with `signal`. */
export async function probe({ expects, iceServers }: Probe, open: OpenPeer, signal: AbortSignal): Promise<ProbeResult> {
  const errors: ProbeError[] = [];
  let peer: ProbingPeer | undefined;
  const verdict = await new Promise<PathVerdict>((resolve) => {
    if (signal.aborted) return resolve('unknown');
    signal.addEventListener('abort', () => resolve('blocked'), { once: true });
    try {
      peer = open({ iceServers, iceTransportPolicy: expects === 'mapped' ? 'all' : 'relay' });
      listen(peer, expects, errors, resolve);
      peer.createDataChannel('test');
      const gathering = peer.createOffer().then((offer) => peer?.setLocalDescription(offer));
      gathering.catch(() => resolve('unknown'));
    } catch {
      // A browser without WebRTC, or one that refuses a URL of the server.
      resolve('unknown');
    }
  });
  peer?.close();
  return { verdict, errors };
}

function listen(
  peer: ProbingPeer,
  expects: Probe['expects'],
  errors: ProbeError[],
  resolve: (verdict: PathVerdict) => void,
): void {
  const type = expects === 'mapped' ? 'srflx' : 'relay';
  peer.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate?.type === type) resolve('open');
  });
  peer.addEventListener('icecandidateerror', ({ url, errorCode, errorText }) => {
    errors.push({ url, code: errorCode, text: errorText });
  });
  peer.addEventListener('icegatheringstatechange', () => {
    if (peer.iceGatheringState !== 'complete') return;
    // Without a NAT the address in the answer is the browser's own, and no candidate follows.
    resolve(expects === 'mapped' && errors.length === 0 ? 'open' : 'blocked');
  });
}
