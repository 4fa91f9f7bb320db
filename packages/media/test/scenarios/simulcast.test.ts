import { describe, expect, it } from 'vitest';
import type { Directory, NumberedRouter } from '../../src/router/directory.js';
import { type DecodedFrame, decode, pictureOf } from '../simulation/layered-decoder.js';
import { LayeredPublisher } from '../simulation/layered-publisher.js';
import { type Consumption, Receiver } from '../simulation/receiver.js';
import type { Link } from '../simulation/world.js';
import { World } from '../simulation/world.js';

function call(seed = 41, link: Partial<Link> = {}) {
  const world = new World(seed);
  const publisher = new LayeredPublisher(world, 'alice', 'VP8', true, link);
  publisher.produce('camera');
  const bob = new Receiver(world, 'bob', link);
  const camera = bob.consume('camera');
  return { world, publisher, bob, camera, consumer: consumerOf(world, 'bob/camera') };
}

/** The engine's directory, which its control does not expose. */
function directoryOf(world: World): Directory<NumberedRouter> {
  return (world.engine as unknown as { directory: Directory<NumberedRouter> }).directory;
}

function consumerOf(world: World, id: string) {
  return directoryOf(world).consumers.get(id)!.consumer;
}

/** Frames arrive without a gap in numbers, picture ids and time, each decodable. */
function expectFluid(camera: Consumption): DecodedFrame[] {
  expect(camera.missing()).toEqual([]);
  const { frames } = decode(camera);
  expect(frames.filter(({ isDecodable }) => !isDecodable)).toEqual([]);
  for (const [i, frame] of frames.entries()) {
    const before = frames[i - 1];
    if (!before) continue;
    expect((frame.timestamp - before.timestamp) | 0).toBeGreaterThan(0);
    const [now, then] = [pictureOf(frame), pictureOf(before)];
    // A frame cut off by a switch has an id of its own.
    expect((now.pictureId - then.pictureId) & 0x7fff).toBeLessThanOrEqual(2);
    expect((now.pictureId - then.pictureId) & 0x7fff).toBeGreaterThan(0);
    expect((now.baseIndex - then.baseIndex) & 0xff).toBeLessThanOrEqual(1);
  }
  return frames;
}

const streamsOf = (frames: DecodedFrame[]) => [...new Set(frames.map(({ stream }) => stream))];

describe('a simulcast receiver', () => {
  it('gets the best stream first, and another at its next key frame', () => {
    const { world, publisher, camera, consumer } = call();
    world.run(2000);
    expect(consumer.current).toEqual({ spatial: 2, temporal: 2 });
    const requests = publisher.keyFrameRequests.map(({ length }) => length);
    consumer.setTarget(0, 2);
    // The old stream continues until then.
    expect(consumer.current.spatial).toBe(2);
    world.run(1000);
    expect(consumer.current.spatial).toBe(0);
    consumer.setTarget(1, 2);
    world.run(1000);
    const frames = expectFluid(camera);
    expect(streamsOf(frames.slice(10))).toEqual([2, 0, 1]);
    // Each stream gets its own request, once.
    expect(publisher.keyFrameRequests.map(({ length }, i) => length - requests[i]!)).toEqual([1, 1, 0]);
    // At a switch only the frame that is cut off or repeated may be missing.
    const gaps = frames.slice(1).map((frame, i) => frame.capturedAt - frames[i]!.capturedAt);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(67.1);
  });

  it.each([true, false])('keeps time over switches (sender reports: %s)', (reports) => {
    const { world, publisher, camera, consumer } = call();
    publisher.reports = reports;
    world.run(2500);
    for (const spatial of [0, 2, 1, 0, 2, 0, 1, 2]) {
      consumer.setTarget(spatial, 2);
      world.run(4000);
    }
    const frames = expectFluid(camera);
    const [first] = frames;
    // With reports no switch moves the picture against the sound.
    for (const frame of frames) {
      const time = ((frame.timestamp - first!.timestamp) | 0) / 90;
      expect(Math.abs(time - (frame.capturedAt - first!.capturedAt))).toBeLessThan(reports ? 34 : 300);
    }
    expect(streamsOf(frames.slice(10))).toEqual([2, 0, 1]);
  });

  it('gets the next lower stream while the wanted one does not arrive, then the next higher', () => {
    const { world, publisher, camera, consumer } = call();
    consumer.setTarget(1, 2);
    world.run(2000);
    expect(consumer.current.spatial).toBe(1);
    publisher.streams[1]!.isSending = false;
    world.run(1500);
    expect(consumer.current.spatial).toBe(0);
    publisher.streams[0]!.isSending = false;
    world.run(1500);
    expect(consumer.current.spatial).toBe(2);
    publisher.streams[1]!.isSending = true;
    world.run(1500);
    expect(consumer.current.spatial).toBe(1);
    expect(streamsOf(expectFluid(camera).slice(10))).toEqual([1, 0, 2]);
  });

  it('gets nothing with a target of -1, and continues with a key frame', () => {
    const { world, camera, consumer } = call();
    world.run(2000);
    consumer.setTarget(-1, -1);
    expect(consumer.current).toEqual({ spatial: -1, temporal: -1 });
    const before = camera.received.length;
    world.run(1000);
    expect(camera.received.length).toBe(before);
    consumer.setTarget(0, 0);
    world.run(1000);
    const frames = expectFluid(camera);
    expect(frames.at(-1)).toMatchObject({ stream: 0, temporal: 0 });
  });

  it('gets a lower frame rate in a lower temporal layer, and a higher one at switch points', () => {
    const { world, camera, consumer } = call();
    const perSecond = () => {
      const before = decode(camera).frames.length;
      world.run(2000);
      return (decode(camera).frames.length - before) / 2;
    };
    world.run(1000);
    expect(perSecond()).toBeCloseTo(30, -1);
    consumer.setTarget(2, 1);
    world.run(300);
    expect(Math.round(perSecond())).toBe(15);
    consumer.setTarget(2, 0);
    world.run(300);
    expect(Math.abs(perSecond() - 7.5)).toBeLessThan(1);
    const frames = decode(camera).frames.length;
    consumer.setTarget(2, 2);
    world.run(1000);
    expect(consumer.current.temporal).toBe(2);
    expect(perSecond()).toBeCloseTo(30, -1);
    // Temporal layers returned without a key frame.
    expect(
      expectFluid(camera)
        .slice(frames)
        .some(({ isKey }) => isKey),
    ).toBe(false);
  });

  it('with constant changes of the temporal layer keeps one unbroken stream', () => {
    const { world, camera, consumer } = call();
    consumer.setTarget(2, 0);
    world.run(90_000);
    const frames = expectFluid(camera);
    expect(frames.length).toBeGreaterThan(600);
  });

  it.each([1, 2, 3, 4, 5])('switches layers fluidly under loss and reordering (seed %i)', (seed) => {
    const { world, publisher, camera, consumer } = call(seed, { delay: 10, jitter: 25 });
    world.run(2000);
    publisher.peer.uplink.loss = 0.05;
    world.random.next();
    for (let i = 0; i < 30; i++) {
      consumer.setTarget(Math.floor(world.random.next() * 3), Math.floor(world.random.next() * 3));
      world.run(300 + world.random.next() * 1500);
    }
    consumer.setTarget(2, 2);
    publisher.peer.uplink.loss = 0;
    world.run(6000);
    expect(world.port.refused).toBe(0);
    // Requests to a publisher from before a key frame are not repeated.
    expect(camera.missing().length).toBeLessThan(5);
    const { frames } = decode(camera);
    const timestamps = frames.map(({ timestamp }) => timestamp);
    for (const [i, timestamp] of timestamps.entries()) {
      if (i > 0) expect((timestamp - timestamps[i - 1]!) | 0).toBeGreaterThanOrEqual(0);
    }
    const lastSecond = frames.filter(({ capturedAt }) => capturedAt > world.now - 1000);
    expect(lastSecond.length).toBeGreaterThan(27);
    expect(lastSecond.every(({ isDecodable, stream }) => isDecodable && stream === 2)).toBe(true);
    // A picture id identifies one frame.
    const frameOf = new Map<number, number>();
    for (const frame of frames) {
      const key = pictureOf(frame).pictureId;
      expect(frameOf.get(key) ?? frame.frame).toBe(frame.frame);
      frameOf.set(key, frame.frame);
    }
  });

  it('gets by NACK the packets lost from the stream before a switch', () => {
    const { world, bob, camera, consumer } = call();
    world.run(2000);
    camera.asksForMissing = false;
    bob.peer.downlink.loss = 0.3;
    consumer.setTarget(0, 2);
    world.run(600);
    bob.peer.downlink.loss = 0;
    expect(consumer.current.spatial).toBe(0);
    const missing = camera.missing();
    expect(missing.length).toBeGreaterThan(5);
    camera.asksForMissing = true;
    world.run(500);
    expectFluid(camera);
  });

  it('that switches a thousand times a second harms no other receiver', () => {
    const { world, publisher, consumer } = call();
    const carol = new Receiver(world, 'carol').consume('camera');
    world.run(2000);
    const before = publisher.keyFrameRequests.map(({ length }) => length);
    let spatial = 0;
    world.every(
      1,
      () => {
        spatial = (spatial + 1) % 3;
        consumer.setTarget(spatial, spatial);
      },
      world.now + 10_000,
    );
    world.run(10_000);
    // For each stream four at once and one each four seconds.
    for (const [i, { length }] of publisher.keyFrameRequests.entries())
      expect(length - before[i]!).toBeLessThanOrEqual(7);
    const frames = expectFluid(carol);
    expect(streamsOf(frames.slice(3))).toEqual([2]);
    expect(frames.length).toBeGreaterThan(350);
    world.run(9000);
    expect(consumer.current.spatial).toBe(spatial);
  });
});

describe('the rates of a simulcast producer', () => {
  it('are those of each of its streams, and 0 for one that stopped', () => {
    const { world, publisher } = call();
    const { layers } = directoryOf(world).producers.get('camera')!.producer;
    world.run(3000);
    expect(layers).toMatchObject({ spatialLayers: 3, temporalLayers: 3 });
    const rates = [0, 1, 2].map((spatial) => layers.bitrate(spatial, 2, world.now));
    // One, two, three packets a frame of some 440 bytes, 30 frames a second.
    for (const [i, rate] of rates.entries()) expect(rate / ((i + 1) * 30 * 440 * 8)).toBeCloseTo(1, 0.5);
    // Of eight pictures two belong to the base layer, two to the next one.
    expect(layers.bitrate(2, 0, world.now) / rates[2]!).toBeCloseTo(0.25, 1);
    expect(layers.bitrate(2, 1, world.now) / rates[2]!).toBeCloseTo(0.5, 1);
    expect([layers.width(0), layers.width(2), layers.height(1)]).toEqual([320, 256, 180]);
    publisher.streams[2]!.isSending = false;
    world.run(700);
    expect(layers.bitrate(2, 2, world.now)).toBe(0);
    expect(layers.bitrate(1, 2, world.now)).toBeGreaterThan(0);
  });
});
