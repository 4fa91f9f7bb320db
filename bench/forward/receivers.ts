import { Delays } from '@waterbus/load/testing/delays';
import { machineTime, ORIGIN } from '@waterbus/load/testing/machine-time';
import { type Peer, PeerSocket, type RemoteTransport } from '@waterbus/load/testing/peer';
import { STAMP_AT, TRANSPORT_WIDE_ID } from '@waterbus/load/testing/streams';
import { TransportWideArrivals } from '@waterbus/media/testing/arrivals';
import { RtcpWriter } from '@waterbus/media/testing/rtcp-writer';

// The receivers, in a separate process so that their work does not count as the engine's. They
// count and time the packets, and answer with receiver reports and transport-wide feedback as
// browsers do.

export type ReceiversRequest =
  | { type: 'connect'; remotes: RemoteTransport[]; perSocket: number }
  /** SSRCs of each receiver, and the payload types of probes; starts reports and feedback. */
  | { type: 'report'; ssrcs: number[][]; rtxTypes: number[] }
  /** Sends feedback to this port of the machine instead of to the engine; 0: to the engine. */
  | { type: 'feedback'; port: number }
  | { type: 'reset' }
  | { type: 'counts' };

export interface Received {
  /** Packets so far; all other figures are since the last reset. */
  total: number;
  packets: number;
  /** Pieces in which the kernel delivered the packets: the worker sent each as one run. */
  runs: number;
  /** Added delay in milliseconds. */
  p50: number;
  p99: number;
  p999: number;
}

export type ReceiversReply =
  | { type: 'opened'; fingerprints: string[]; ports: number[] }
  | { type: 'connected' }
  | ({ type: 'counts' } & Received);

let peers: Peer[] = [];
let arrivals: TransportWideArrivals[] = [];
/** Whether a payload type is that of probes. */
const isProbe = new Uint8Array(128);
let feedbackPort = 0;
let total = 0;
let packets = 0;
let runs = 0;
const delays = new Delays();
/** The packet being received: one object for all. */
const packet = { arrivedAt: 0 };

process.on('message', (request: ReceiversRequest) => {
  void answer(request);
});
process.on('disconnect', () => process.exit(0));

async function answer(request: ReceiversRequest): Promise<void> {
  switch (request.type) {
    case 'connect':
      return connect(request.remotes, request.perSocket);
    case 'report':
      for (const payloadType of request.rtxTypes) isProbe[payloadType] = 1;
      setInterval(() => report(request.ssrcs), REPORT_INTERVAL);
      giveFeedback();
      return;
    case 'feedback':
      feedbackPort = request.port;
      return;
    case 'reset':
      packets = 0;
      runs = 0;
      delays.clear();
      return;
    case 'counts':
      return reply({
        type: 'counts',
        total,
        packets,
        runs,
        p50: delays.percentile(0.5),
        p99: delays.percentile(0.99),
        p999: delays.percentile(0.999),
      });
  }
}

async function connect(remotes: RemoteTransport[], perSocket: number): Promise<void> {
  const sockets = [];
  for (let at = 0; at < remotes.length; at += perSocket) {
    sockets.push(
      new PeerSocket(remotes.slice(at, at + perSocket), { rtp: received, rtcp: () => {} }, { loopback: true }),
    );
  }
  peers = sockets.flatMap((socket) => socket.peers);
  for (const [index, peer] of peers.entries()) peer.index = index;
  arrivals = peers.map(() => new TransportWideArrivals());
  reply({
    type: 'opened',
    fingerprints: peers.map(({ socket }) => socket.fingerprint.value),
    ports: peers.map(({ socket }) => socket.port),
  });
  await Promise.all(peers.map((peer) => peer.connected));
  reply({ type: 'connected' });
}

function received(peer: Peer, offset: number, _length: number, arrivedAt: number, joined: boolean): void {
  const { view, socket } = peer.owner;
  const { arena } = socket;
  const isCounted = isProbe[arena[offset + 1]! & 0x7f] === 0;
  if (isCounted) {
    total += 1;
    packets += 1;
    if (!joined) runs += 1;
  }
  if ((arena[offset]! & 0x10) === 0) return;
  const end = offset + 16 + 4 * view.getUint16(offset + 14);
  if (isCounted) delays.add(arrivedAt + ORIGIN - view.getFloat64(end + STAMP_AT));
  for (let at = offset + 16; at < end; ) {
    const element = arena[at]!;
    if (element >> 4 === TRANSPORT_WIDE_ID) {
      packet.arrivedAt = arrivedAt;
      arrivals[peer.index]!.arrive(view.getUint16(at + 1), packet);
      return;
    }
    at += element === 0 ? 1 : 2 + (element & 0x0f);
  }
}

/**
 * A receiver report each second without losses, which RFC 3550 section 6.4.2 requires of every
 * receiver.
 */
function report(ssrcs: number[][]): void {
  for (const peer of peers) {
    const writer = new RtcpWriter(peer.socket.arena);
    writer.at = peer.packetOffset;
    writer.beginReceiverReport(peer.index + 1);
    for (const ssrc of ssrcs[peer.index]!.slice(0, MOST_BLOCKS)) writer.reportBlock(ssrc, 0, 0, 0, 0, 0, 0);
    writer.endReport();
    peer.sendRtcp(writer.at - peer.packetOffset);
  }
}

/**
 * Sends the feedback of each receiver 50 to 100 ms after its last one, like libwebrtc at these
 * rates.
 */
function giveFeedback(): void {
  const due = peers.map(() => machineTime() + LONGEST_FEEDBACK * Math.random());
  setInterval(() => {
    const now = machineTime();
    for (const peer of peers) {
      if (due[peer.index]! > now) continue;
      due[peer.index] = now + SHORTEST_FEEDBACK + (LONGEST_FEEDBACK - SHORTEST_FEEDBACK) * Math.random();
      if (feedbackPort !== 0) peer.sendPlain(FEEDBACK_BYTES, feedbackPort);
      else sendFeedback(peer);
    }
  }, FEEDBACK_TICK);
}

function sendFeedback(peer: Peer): void {
  const writer = new RtcpWriter(peer.socket.arena);
  for (;;) {
    writer.at = peer.packetOffset;
    if (!arrivals[peer.index]!.write(writer, peer.index + 1, 0, MOST_FEEDBACK_BYTES)) return;
    peer.sendRtcp(writer.at - peer.packetOffset);
  }
}

function reply(message: ReceiversReply): void {
  process.send?.(message);
}

/** Milliseconds. */
const REPORT_INTERVAL = 1_000;
const SHORTEST_FEEDBACK = 50;
const LONGEST_FEEDBACK = 100;
const FEEDBACK_TICK = 5;
const MOST_BLOCKS = 31;
const MOST_FEEDBACK_BYTES = 1_000;
/** Size of a feedback about 20 packets with SRTCP's trailer. */
const FEEDBACK_BYTES = 72;
