import type { TransportParameters } from '@waterbus/media';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createMediaHost, type MediaHost, type MediaNodeEvent } from '../../src/index.js';
import { atLast, expectUnbroken } from './arrivals.js';
import { LossyPath } from './lossy-path.js';
import { beginsVp8KeyFrame, vp8Bytes } from './recordings/vp8-packets.js';
import { Room } from './room.js';
import type { Publication, Reception } from './stacks/participant.js';

// Two media nodes on this machine: the publisher is on the far one, the receiver on the near one.

let host: MediaHost;
let near: Room;
let far: Room;
let events: MediaNodeEvent[];
beforeAll(async () => {
  host = await createMediaHost({ workers: 2, basePort: 0, nodeIdPrefix: 'pipe' });
  for (const node of host.nodes()) node.onEvent((event) => events.push(event));
});
beforeEach(async () => {
  [near, far] = [await Room.open(host.nodes()[0]!), await Room.open(host.nodes()[1]!)];
  events = [];
});
afterEach(async () => {
  await Promise.all([near.close(), far.close()]);
});
afterAll(() => host.close());

async function connect(far: Room, near: Room, name: string, reached = async (one: TransportParameters) => one) {
  const from = await far.node.openTransport({ routerId: far.id, transportId: `${name} far` });
  const to = await near.node.openTransport({ routerId: near.id, transportId: `${name} near` });
  const parameters = await near.node.openPipe({ near: to, far: await reached(from) });
  await far.node.connectTransport(from.id, parameters);
  await near.node.connectTransport(to.id, parameters);
  return { from: from.id, to: to.id };
}

/** Its producers on the near node. */
async function carry(publication: Publication, { from, to }: { from: string; to: string }): Promise<Publication> {
  const rtpCapabilities = await near.node.openRouter(near.id);
  const producerIds = { audio: `${to} audio`, video: `${to} video` };
  for (const kind of ['audio', 'video'] as const) {
    const order = { transportId: from, consumerId: producerIds[kind], producerId: publication.producerIds[kind] };
    const { rtpParameters } = await far.node.consume({ ...order, rtpCapabilities, paused: false });
    await near.node.produce({ transportId: to, producerId: producerIds[kind], kind, rtpParameters, paused: false });
  }
  return { ...publication, producerIds };
}

/**
 * A second of media arrives as it was sent, in its order and from a key frame on. Frames may be left
 * out: the path between the nodes has an estimate.
 */
async function expectCarried({ sent }: Publication, reception: Reception): Promise<void> {
  if (reception.form === 'decoded') return expect.unreachable();
  const { packets } = reception;
  await atLast(() => expect(Math.min(packets.audio.length, packets.video.length)).toBeGreaterThan(50));
  expect(beginsVp8KeyFrame(packets.video[0]!.payload)).toBe(true);
  for (const kind of ['audio', 'video'] as const) {
    expectUnbroken(packets[kind]);
    const bytes = kind === 'video' ? vp8Bytes : (payload: Buffer) => payload;
    const originals = sent![kind].map(({ payload }) => bytes(payload));
    let at = -1;
    for (const { payload } of packets[kind]) {
      const arrived = bytes(payload);
      at = originals.findIndex((original, i) => i > at && original.equals(arrived));
      expect(at).not.toBe(-1);
    }
  }
}

const closings = () => events.filter(({ type }) => type === 'transport.closed');

it('carries sound and video of one node to a receiver on another, byte for byte', async () => {
  const publication = await far.join('werift', 'alice').publish();
  const carried = await carry(publication, await connect(far, near, 'pipe'));
  const [reception] = await near.join('libdatachannel', 'bob').subscribe([carried]);
  await expectCarried(publication, reception!);
  // A late receiver gets a key frame, which the publisher alone can make.
  const before = (await far.node.producerStats(publication.producerIds.video)).streams[0]!.pliCount;
  const [late] = await near.join('werift', 'cid').subscribe([carried]);
  await expectCarried(publication, late!);
  expect((await far.node.producerStats(publication.producerIds.video)).streams[0]!.pliCount).toBeGreaterThan(before);
});

it('estimates the whole path, and serves several rooms between the same two nodes', async () => {
  const publication = await far.join('libwebrtc', 'alice').publish();
  const first = await connect(far, near, 'first');
  await carry(publication, first);
  const rooms = [await Room.open(far.node), await Room.open(near.node)] as const;
  const second = await connect(rooms[0], rooms[1], 'second');
  await atLast(async () => {
    const { state, availableOutgoingBitrate, currentRoundTripTime } = await far.node.transportStats(first.from);
    expect(state).toBe('connected');
    expect(availableOutgoingBitrate).toBeGreaterThan(0);
    expect(currentRoundTripTime).toBeGreaterThan(0);
    for (const [node, id] of [
      [far.node, second.from],
      [near.node, second.to],
      [near.node, first.to],
    ] as const)
      expect((await node.transportStats(id)).state).toBe('connected');
  });
  for (const room of rooms) await room.close();
});

it.each(['from', 'to'] as const)('ends as a whole with the transport at its end: %s', async (closed) => {
  const publication = await far.join('werift', 'alice').publish();
  const ids = await connect(far, near, 'pipe');
  const carried = await carry(publication, ids);
  await atLast(async () => {
    expect((await near.node.producerStats(carried.producerIds.video)).streams[0]?.packetsReceived).toBeGreaterThan(0);
  });
  const [node, other] = closed === 'from' ? [far.node, ids.to] : [near.node, ids.from];
  await node.closeTransport(ids[closed]);
  await atLast(() =>
    expect(closings()).toEqual([{ type: 'transport.closed', transportId: other, reason: 'dtls-closed' }]),
  );
});

it('counts its pipes, what they carry, what the network loses, and nodes that do not answer', async () => {
  const figures = () => host.nodes()[0]!.figures()!.pipes;
  const before = await atLast(() => figures());
  // The discard port answers nobody; a pipe gives up after ten seconds.
  const nowhere = async (one: TransportParameters) => ({
    ...one,
    iceCandidates: one.iceCandidates.map((candidate) => ({ ...candidate, address: '127.0.0.9', port: 9 })),
  });
  await connect(far, near, 'nowhere', nowhere);
  const path = new LossyPath('from the node');
  const publication = await far.join('werift', 'alice').publish();
  const ids = await connect(far, near, 'lossy', path.detour);
  await carry(publication, ids);
  await atLast(() => {
    const { received, sent, lost } = figures();
    expect(lost - before.lost).toBeGreaterThan(10);
    expect(received.packets - before.received.packets).toBeGreaterThan(100);
    expect(received.bytes - before.received.bytes).toBeGreaterThan(100 * 20);
    // Reports and requests of repair.
    expect(sent.packets - before.sent.packets).toBeGreaterThan(0);
    expect(sent.bytes).toBeLessThan(received.bytes);
  });
  await atLast(() => expect(figures()).toMatchObject({ open: 1, failures: before.failures + 1 }));
  await near.node.closeTransport(ids.to);
  // The totals remain, and its end by a server is no failure.
  await atLast(() => expect(figures()).toMatchObject({ open: 0, failures: before.failures + 1 }));
  expect(figures().received.packets).toBeGreaterThan(before.received.packets + 100);
  path.close();
});
