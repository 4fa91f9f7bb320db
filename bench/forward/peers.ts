import { Peer, type RemoteTransport } from './peer.js';
import { BENCH_VIDEO, Publisher } from './video.js';

// The other ends of the call, in a process of their own so that their work is not counted as the engine's.

export type PeersRequest =
  | { type: 'connect'; publisher: RemoteTransport; subscribers: RemoteTransport[] }
  | { type: 'report'; ssrcs: number[] }
  | { type: 'publish'; on: boolean }
  | { type: 'counts' };

export type PeersReply =
  | { type: 'opened'; publisher: string; subscribers: string[]; algorithm: string; ports: number[] }
  | { type: 'connected' }
  | { type: 'counts'; rtpReceived: number };

let publisher: Publisher | undefined;
let subscribers: Peer[] = [];
let publishing = false;
let nextFrame = 0;

process.on('message', (request: PeersRequest) => {
  void answer(request);
});
process.on('disconnect', () => process.exit(0));

async function answer(request: PeersRequest): Promise<void> {
  switch (request.type) {
    case 'connect':
      return connect(request);
    case 'report':
      setInterval(() => report(request.ssrcs), REPORT_INTERVAL);
      return;
    case 'publish':
      publishing = request.on;
      nextFrame = performance.now();
      if (publishing) pace();
      return;
    case 'counts':
      return reply({ type: 'counts', rtpReceived: subscribers.reduce((sum, peer) => sum + peer.rtpReceived, 0) });
  }
}

async function connect(request: Extract<PeersRequest, { type: 'connect' }>): Promise<void> {
  publisher = new Publisher(new Peer(request.publisher), BENCH_VIDEO);
  subscribers = request.subscribers.map((remote) => new Peer(remote));
  const all = [publisher.peer, ...subscribers];
  reply({
    type: 'opened',
    publisher: publisher.peer.socket.fingerprint.value,
    subscribers: subscribers.map((peer) => peer.socket.fingerprint.value),
    algorithm: 'sha-256',
    ports: subscribers.map((peer) => peer.socket.port),
  });
  await Promise.all(all.map((peer) => peer.connected));
  reply({ type: 'connected' });
}

/** Frames leave at their times, also after a late timer. */
function pace(): void {
  if (!publishing || !publisher) return;
  const now = performance.now();
  while (nextFrame <= now) {
    publisher.sendFrame();
    nextFrame += 1000 / BENCH_VIDEO.framesPerSecond;
  }
  setTimeout(pace, Math.max(1, nextFrame - performance.now()));
}

/** A receiver report each second, nothing lost (RFC 3550 section 6.4.2), as every receiver owes one. */
function report(ssrcs: number[]): void {
  for (const [index, peer] of subscribers.entries()) {
    const offset = peer.packetOffset(0);
    const bytes = Buffer.from(peer.socket.arena.buffer, peer.socket.arena.byteOffset + offset, REPORT_BYTES).fill(0);
    bytes.writeUInt32BE(0x81c90007, 0);
    bytes.writeUInt32BE(index + 1, 4);
    bytes.writeUInt32BE(ssrcs[index]!, 8);
    peer.sendRtcp(0, REPORT_BYTES);
    peer.socket.flush(1);
  }
}

function reply(message: PeersReply): void {
  process.send?.(message);
}

const REPORT_INTERVAL = 1_000;
const REPORT_BYTES = 32;
