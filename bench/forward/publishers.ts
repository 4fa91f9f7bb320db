import { machineTime } from '@waterbus/load/testing/machine-time';
import { type Peer, PeerSocket, type RemoteTransport } from '@waterbus/load/testing/peer';
import {
  Publisher,
  SoundStream,
  type Stream,
  seededRandom,
  soundSsrc,
  VideoStream,
  videoSsrc,
} from '@waterbus/load/testing/streams';
import { type Case, takers } from './cases.js';

// The publishers, in a separate process. Packets leave on schedule, to a tenth of a millisecond.

export type PublishersRequest =
  | { type: 'connect'; remotes: RemoteTransport[]; plan: Case }
  /**
   * The first `active` publishers send, each of their streams at `speed` times the rate of people;
   * 0 stops.
   */
  | { type: 'publish'; active: number; speed: number }
  | { type: 'counts' };

export type PublishersReply =
  | { type: 'opened'; fingerprints: string[] }
  | { type: 'connected' }
  /** Packets that the receivers should have received so far. */
  | { type: 'counts'; expected: number };

/** A stream, and the number of receivers of each of its packets. */
interface Sending {
  stream: Stream;
  takers: number;
}

const publishers: Publisher[] = [];
let streams: Sending[][] = [];
let active: Stream[] = [];
let speed = 1;

process.on('message', (request: PublishersRequest) => {
  void answer(request);
});
process.on('disconnect', () => process.exit(0));

async function answer(request: PublishersRequest): Promise<void> {
  switch (request.type) {
    case 'connect':
      return connect(request.remotes, request.plan);
    case 'publish':
      return publish(request.active, request.speed);
    case 'counts':
      return reply({
        type: 'counts',
        expected: streams.flat().reduce((sum, { stream, takers }) => sum + stream.sent * takers, 0),
      });
  }
}

async function connect(remotes: RemoteTransport[], plan: Case): Promise<void> {
  const keyFrameWanted = (peer: Peer, ssrc: number) => {
    for (const { stream } of streams[peer.index] ?? []) if (stream.ssrc === ssrc) stream.requestKeyFrame();
  };
  const reception = {
    rtp: () => {},
    rtcp: (peer: Peer, offset: number) => {
      if (peer.socket.arena[offset + 1] !== PAYLOAD_SPECIFIC_FEEDBACK) return;
      keyFrameWanted(peer, peer.owner.view.getUint32(offset + 8));
    },
  };
  const sockets = remotes.map((remote) => new PeerSocket([remote], reception, { loopback: true }));
  const peers = sockets.map(({ peers: [peer] }) => peer!);
  for (const peer of peers) {
    peer.index = publishers.length;
    publishers.push(new Publisher(peer));
  }
  streams = publishers.map((publisher, index) => {
    const random = seededRandom(index + 1);
    const { video: ofVideo, sound: ofSound } = takers(plan);
    const sound = { ssrc: soundSsrc(index), random };
    return [
      ...plan.videos.map((video, i) => ({
        stream: new VideoStream(publisher, { ssrc: videoSsrc(index, i), random, video }),
        takers: ofVideo,
      })),
      ...(plan.sound ? [{ stream: new SoundStream(publisher, sound), takers: ofSound }] : []),
    ];
  });
  reply({ type: 'opened', fingerprints: peers.map(({ socket }) => socket.fingerprint.value) });
  await Promise.all(peers.map((peer) => peer.connected));
  reply({ type: 'connected' });
}

function publish(count: number, faster: number): void {
  const wasIdle = active.length === 0;
  speed = faster;
  active = streams
    .slice(0, count)
    .flat()
    .map(({ stream }) => stream);

  const now = machineTime();
  for (const stream of active) stream.begin(now);
  if (wasIdle && active.length > 0) pace();
}

/**
 * Sleeps between packets in intervals below the millisecond resolution of the event loop's timers.
 */
function pace(): void {
  const turnOver = machineTime() + TURN;
  for (let now = machineTime(); now < turnOver; now = machineTime()) {
    let next = turnOver;
    for (const stream of active) {
      // Late packets leave at once, as from any sender.
      while (stream.due <= now) stream.emit(speed);
      if (stream.due < next) next = stream.due;
    }
    const pause = next - machineTime();
    if (pause > SHORTEST_SLEEP) Atomics.wait(SLEEP, 0, 0, pause - SHORTEST_SLEEP / 2);
  }
  if (active.length > 0) setImmediate(pace);
}

function reply(message: PublishersReply): void {
  process.send?.(message);
}

const SLEEP = new Int32Array(new SharedArrayBuffer(4));
/** Milliseconds. */
const TURN = 1;
const SHORTEST_SLEEP = 0.06;
const PAYLOAD_SPECIFIC_FEEDBACK = 206;
