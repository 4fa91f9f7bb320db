import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { beforeEach, expect, test } from 'vitest';
import { FakeMediaNode } from '../../../test/system/fake-media-host.js';
import type { MediaDirectory } from '../nodes/media-directory.js';
import type { RouterCapabilities } from '../nodes/router-capabilities.js';
import { MediaPipes } from './media-pipes.js';

let clock: VirtualClock;
let near: FakeMediaNode;
let far: FakeMediaNode;
let pipes: MediaPipes;
let failures: string[];
let draining: string[];
beforeEach(async () => {
  clock = new VirtualClock(0);
  failures = [];
  draining = [];
  [near, far] = [new FakeMediaNode('near'), new FakeMediaNode('far')];
  const directory = {
    get: (id: string) => [near, far].find((node) => node.id === id),
    drainingNodes: () => draining,
    placeOf: (id: string) => ({ ownerId: `owner of ${id}`, endpoints: [] }),
  } as unknown as MediaDirectory;
  const capabilities = { read: async () => ({ codecs: [] }) } as unknown as RouterCapabilities;
  const failed = (_: unknown, error: unknown) => failures.push(String(error));
  pipes = new MediaPipes({ directory, capabilities, clock, failed });
  for (const node of [near, far]) {
    await node.openRouter('room');
    node.onEvent((event) => pipes.handle(node.id, event));
  }
  await far.openTransport({ routerId: 'room', transportId: 'publisher' });
  for (let i = 0; i < 9; i += 1) {
    const producer = {
      producerId: `camera ${i}`,
      kind: 'video' as const,
      rtpParameters: { codecs: [] },
      paused: false,
    };
    await far.produce({ transportId: 'publisher', ...producer });
  }
});

const ends = { roomId: 'room', far: 'far', near: 'near' };
const take = (producerId: string) => pipes.take({ ...ends, producerId, kind: 'video' });

/** Its two transports are connected, as the media nodes report it. */
function connect(): void {
  for (const [nearId, farId] of near.pipes) {
    near.emit({ type: 'transport.state', transportId: nearId, state: 'connected' });
    far.emit({ type: 'transport.state', transportId: farId, state: 'connected' });
  }
}

const counts = () => [near.transports.size, near.producers.size, far.transports.size - 1, far.consumers.size];

test('streams of two nodes share a pipe, and a stream of two sections is carried once', async () => {
  const leases = await Promise.all(['camera 0', 'camera 1', 'camera 0'].map(take));
  expect(leases[2]!.producerId).toBe(leases[0]!.producerId);
  expect(counts()).toEqual([1, 2, 1, 2]);
  expect([...near.producers.keys()].sort()).toEqual(
    leases
      .slice(0, 2)
      .map((lease) => lease!.producerId)
      .sort(),
  );
  for (let i = 2; i < 8; i += 1) await take(`camera ${i}`);
  expect(pipes.size).toBe(1);
  // A media node limits the packets of one transport.
  await take('camera 8');
  expect(counts()).toEqual([2, 9, 2, 9]);
});

test('a stream is carried until it has been unused for a while, and the pipe likewise', async () => {
  const [first, second] = [await take('camera 0'), await take('camera 0')];
  connect();
  first!.release();
  first!.release();
  await clock.advance(60_000);
  expect(counts()).toEqual([1, 1, 1, 1]);
  second!.release();
  await clock.advance(4000);
  const again = await take('camera 0');
  expect(again!.producerId).toBe(first!.producerId);
  await clock.advance(60_000);
  again!.release();
  await clock.advance(5000);
  expect(counts()).toEqual([1, 0, 1, 0]);
  await clock.advance(5000);
  expect(counts()).toEqual([0, 0, 0, 0]);
  expect([pipes.size, failures]).toEqual([0, []]);
});

test('a draining media node is left without a wait', async () => {
  const lease = await take('camera 0');
  connect();
  draining = ['far'];
  lease!.release();
  await clock.advance(0);
  await clock.advance(0);
  expect(counts()).toEqual([0, 0, 0, 0]);
});

test('a stream ends with its producer, and is not carried while nothing of it is wanted', async () => {
  const lease = await take('camera 0');
  connect();
  const [transportId] = near.pipes.keys();
  const wanted = { type: 'producer.wanted' as const, transportId: transportId!, producerId: lease!.producerId };
  near.emit({ ...wanted, spatial: -1 });
  near.emit({ ...wanted, spatial: 0 });
  near.emit({ ...wanted, spatial: -1 });
  await clock.advance(0);
  expect([...far.consumers.values()].map(({ paused }) => paused)).toEqual([true]);
  await far.closeProducer('camera 0');
  await clock.advance(0);
  expect(counts()).toEqual([1, 0, 1, 0]);
  expect(await take('camera 0')).toBeUndefined();
  lease!.release();
});

test('all sizes of a picture are carried, each as far as a receiver wants it', async () => {
  let ssrc = 0;
  const consume = far.consume.bind(far);
  far.consume = async (request) => ({
    ...(await consume(request)),
    rtpParameters: { codecs: [], encodings: [{ ssrc: ++ssrc }] },
  });
  const stats = far.producerStats.bind(far);
  const sizes = [0, 640, 1280].map((frameWidth) => ({ bitrate: 1, frameWidth, frameHeight: frameWidth / 2 }));
  far.producerStats = async (id) => ({ ...(await stats(id)), layers: sizes });

  const lease = await pipes.take({ ...ends, producerId: 'camera 0', kind: 'video', codec: 'vp8' });
  const { encodings } = near.producers.get(lease!.producerId)!.rtpParameters;
  expect(encodings).toEqual([{ ssrc: 1 }, { ssrc: 2 }, { ssrc: 3 }]);
  const ids = [...far.consumers.keys()];
  const tiles = () => ids.map((id) => far.preferences.get(id)?.width);
  expect(tiles()).toEqual([320, 640, undefined]);
  sizes[0]!.frameWidth = 300;
  sizes[0]!.frameHeight = 150;
  await clock.advance(3000);
  expect(tiles()).toEqual([300, 640, undefined]);

  const [transportId] = near.pipes.keys();
  near.emit({ type: 'producer.wanted', transportId: transportId!, producerId: lease!.producerId, spatial: 1 });
  await clock.advance(0);
  expect(ids.map((id) => far.consumers.get(id)!.paused)).toEqual([false, false, true]);
  lease!.release();
  await clock.advance(5000);
  expect(counts()).toEqual([1, 0, 1, 0]);
  // Layers of one stream have no streams of their own.
  await pipes.take({ ...ends, producerId: 'camera 1', kind: 'video', codec: 'vp9' });
  expect(far.consumers.size).toBe(1);
});

test.each(['near', 'far'] as const)('it ends when its transport on the %s node ends, and opens anew', async (side) => {
  await take('camera 0');
  connect();
  let ended = 0;
  pipes.onEnd(() => ended++);
  const [[nearId, farId]] = [...near.pipes] as [[string, string]];
  if (side === 'near') near.dropTransport(nearId, 'consent-expired');
  else far.dropTransport(farId, 'consent-expired');
  await clock.advance(0);
  expect(counts()).toEqual([0, 0, 0, 0]);
  expect([ended, pipes.reaches('far', 'near')]).toEqual([1, true]);
  expect(await take('camera 0')).toBeDefined();
});

test('nodes without a path between them are not tried again for a while', async () => {
  await take('camera 0');
  const [nearId] = near.pipes.keys();
  near.emit({ type: 'transport.state', transportId: nearId!, state: 'connected' });
  near.dropTransport(nearId!, 'consent-expired');
  expect([pipes.reaches('far', 'near'), pipes.reaches('near', 'far')]).toEqual([false, true]);
  expect(await take('camera 0')).toBeUndefined();
  await clock.advance(30_000);
  expect(pipes.reaches('far', 'near')).toBe(true);
});

test('a pipe that was not needed long enough to be connected says nothing about the path', async () => {
  const lease = await take('camera 0');
  const [[nearId, farId]] = [...near.pipes] as [[string, string]];
  expect(pipes.transports()).toEqual([
    { id: farId, mediaNodeId: 'far' },
    { id: nearId, mediaNodeId: 'near' },
  ]);
  lease!.release();
  await clock.advance(5000);
  await clock.advance(5000);
  expect([pipes.size, pipes.transports(), pipes.reaches('far', 'near')]).toEqual([0, [], true]);
});

test('a lost node ends it, and a failed opening is reported and leaves nothing', async () => {
  await take('camera 0');
  connect();
  far.isLost = true;
  far.emit({ type: 'lost', reason: 'killed' });
  await clock.advance(0);
  expect([pipes.size, near.transports.size, near.producers.size]).toEqual([0, 0, 0]);
  expect(await take('camera 1')).toBeUndefined();
  await clock.advance(0);
  expect([pipes.size, near.transports.size, failures.length]).toEqual([0, 0, 1]);
});
