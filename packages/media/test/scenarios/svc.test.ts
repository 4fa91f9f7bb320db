import { describe, expect, it } from 'vitest';
import type { Directory, NumberedRouter } from '../../src/router/directory.js';
import { type DecodedFrame, decode } from '../simulation/layered-decoder.js';
import { type LayeredCodec, LayeredPublisher } from '../simulation/layered-publisher.js';
import { type Consumption, Receiver } from '../simulation/receiver.js';
import { type Link, World } from '../simulation/world.js';

function call(
  codec: LayeredCodec,
  { seed = 51, isSimulcast = false, link = {} as Partial<Link>, numbers = false } = {},
) {
  const world = new World(seed);
  const publisher = new LayeredPublisher(world, 'alice', codec, isSimulcast, link);
  publisher.produce('camera');
  const bob = new Receiver(world, 'bob', link);
  const camera = bob.consume('camera', numbers ? { rtpCapabilities: world.control.openRouter('room') } : {});
  const { directory } = world.engine as unknown as { directory: Directory<NumberedRouter> };
  const { consumer } = directory.consumers.get('bob/camera')!;
  return { world, publisher, bob, camera, consumer, producer: consumer.source };
}

/**
 * Each number arrived, each frame is decodable; pictures end with the marker of their last frame.
 */
function expectFluid(camera: Consumption): DecodedFrame[] {
  expect(camera.missing()).toEqual([]);
  const { frames, incomplete } = decode(camera);
  expect(incomplete).toEqual([]);
  expect(frames.filter(({ isDecodable }) => !isDecodable)).toEqual([]);
  for (const [i, frame] of frames.slice(0, -1).entries()) {
    const step = (frames[i + 1]!.timestamp - frame.timestamp) | 0;
    expect(step).toBeGreaterThanOrEqual(0);
    expect(frame.hasMarker).toBe(step > 0);
  }
  return frames;
}

const since = (frames: DecodedFrame[], time: number) => frames.filter(({ capturedAt }) => capturedAt > time);
const highest = (frames: DecodedFrame[]) => Math.max(...frames.map(({ spatial }) => spatial));

describe.each(['VP9', 'AV1'] as const)('%s with three spatial layers in one stream', (codec) => {
  it('switches down with the next picture, and up with a key frame', () => {
    const { world, publisher, camera, consumer } = call(codec);
    world.run(2000);
    expect(consumer.current).toEqual({ spatial: 2, temporal: 2 });
    const requests = publisher.keyFrameRequests[0]!.length;
    consumer.setTarget(1, 2);
    const down = world.now;
    world.run(1000);
    expect(consumer.current.spatial).toBe(1);
    expect(publisher.keyFrameRequests[0]).toHaveLength(requests);
    consumer.setTarget(0, 2);
    world.run(1000);
    const up = world.now;
    consumer.setTarget(2, 2);
    world.run(1000);
    expect(publisher.keyFrameRequests[0]).toHaveLength(requests + 1);
    const frames = expectFluid(camera);
    expect(highest(frames.filter(({ capturedAt }) => capturedAt < down))).toBe(2);
    expect(highest(since(frames, down).filter(({ capturedAt }) => capturedAt < down + 1000))).toBe(1);
    expect(highest(since(frames, up - 900).filter(({ capturedAt }) => capturedAt < up))).toBe(0);
    expect(highest(since(frames, up + 500))).toBe(2);
  });

  it('continues without a break while its publisher stops and resumes layers without a receiver', () => {
    const { world, publisher, camera, consumer, producer } = call(codec);
    world.run(2000);
    for (const layers of [2, 1, 3, 1, 2, 3]) {
      consumer.setTarget(layers - 1, 2);
      world.run(300);
      publisher.encode(layers);
      const from = world.now;
      world.run(2000);
      const frames = since(expectFluid(camera), from + 300);
      expect(highest(frames)).toBe(layers - 1);
      expect(new Set(frames.map(({ temporal }) => temporal))).toEqual(new Set([0, 1, 2]));
      const arriving = [0, 1, 2].filter((spatial) => producer.layers.bitrate(spatial, 2, world.now) > 0);
      expect(arriving).toEqual([0, 1, 2].slice(0, layers));
    }
    // A receiver that wants more layers than exist gets all of them.
    publisher.encode(1);
    world.run(2000);
    const frames = since(expectFluid(camera), world.now - 1000);
    expect(frames.length).toBeGreaterThan(25);
    expect(highest(frames)).toBe(0);
  });

  it('drops temporal layers, and restores them at switch points without a key frame', () => {
    const { world, camera, consumer } = call(codec);
    world.run(1000);
    consumer.setTarget(2, 0);
    const down = world.now;
    world.run(2000);
    const up = world.now;
    consumer.setTarget(2, 2);
    world.run(1500);
    const frames = expectFluid(camera);
    const [low, high] = [since(frames, down).filter(({ capturedAt }) => capturedAt < up), since(frames, up + 500)];
    expect(low.every(({ temporal }) => temporal === 0)).toBe(true);
    expect(new Set(high.map(({ temporal }) => temporal))).toEqual(new Set([0, 1, 2]));
    expect(since(frames, 1500).some(({ isKey }) => isKey)).toBe(false);
  });

  it.each([1, 2, 3, 4, 5])('switches layers under loss and reordering (seed %i)', (seed) => {
    const { world, publisher, camera, consumer } = call(codec, { seed, link: { delay: 10, jitter: 4 } });
    world.run(2000);
    publisher.peer.uplink.loss = 0.05;
    for (let i = 0; i < 20; i++) {
      consumer.setTarget(Math.floor(world.random.next() * 3), Math.floor(world.random.next() * 3));
      world.run(300 + world.random.next() * 1500);
    }
    publisher.peer.uplink.loss = 0;
    consumer.setTarget(2, 2);
    // It may have used up its allowance of key frames for a while; permanent losses need one as
    // well.
    world.every(3000, () => camera.askForKeyFrame());
    world.run(12_000);
    expect(world.port.refused).toBe(0);
    expect(camera.missing().length).toBeLessThan(10);
    const last = since(decode(camera).frames, world.now - 1000);
    expect(last.length).toBeGreaterThan(80);
    expect(last.every(({ isDecodable }) => isDecodable)).toBe(true);
    expect(highest(last)).toBe(2);
  });

  it('has the rates of its layers', () => {
    const { world, producer } = call(codec);
    world.run(3000);
    expect(producer.layers).toMatchObject({ spatialLayers: 3, temporalLayers: 3 });
    const rates = [0, 1, 2].map((spatial) => producer.layers.bitrate(spatial, 2, world.now));
    // One, two and three packets a frame, each layer with those below it.
    expect(rates[1]! / rates[0]!).toBeCloseTo(3, 0);
    expect(rates[2]! / rates[0]!).toBeCloseTo(6, 0);
    if (codec === 'AV1') expect([0, 1, 2].map((spatial) => producer.layers.width(spatial))).toEqual([320, 640, 1280]);
  });
});

describe('the dependency descriptors of AV1', () => {
  /** Templates, flags and mask of a descriptor without structure. */
  const read = (extensions: Map<number, Uint8Array>) => {
    const bytes = extensions.get(8)!;
    const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    return { frame: (bytes[1]! << 8) | bytes[2]!, hasStructure: bits[24] === '1', mask: bits.slice(29, 38) };
  };

  it('keep their frame numbers, and name the remaining targets on every packet', () => {
    const { world, camera, consumer } = call('AV1');
    world.run(1000);
    consumer.setTarget(1, 1);
    world.run(1000);
    const frames = expectFluid(camera);
    for (const frame of frames) {
      for (const extensions of [frame.firstExtensions, frame.lastExtensions]) {
        const descriptor = read(extensions);
        expect(descriptor.frame).toBe(frame.frame & 0xffff);
        if (descriptor.hasStructure) continue;
        // Target 0 is the last bit: spatial layers 0 and 1 with their lower two temporal layers.
        expect(descriptor.mask).toBe(frame.capturedAt < 2000 ? '111111111' : '000011011');
      }
    }
    expect(frames.length).toBeGreaterThan(100);
  });

  it.each([0, 1])(
    'have continuous numbers after a pause in which the publisher’s advanced far (lowest layer %i left out)',
    (left) => {
      const { world, publisher, camera, consumer } = call('AV1');
      world.run(1000);
      consumer.setTarget(2 - left, 2 - left);
      world.run(500);
      for (const far of [0x9000, 0xfffa, 0x4000, 0x8000]) {
        consumer.setTarget(-1, -1);
        world.run(500);
        publisher.frames += far;
        publisher.encode(3);
        world.run(500);
        consumer.setTarget(2 - left, 2 - left);
        world.run(1000);
        camera.nack(camera.inOrder().at(-20)!.sequence);
        world.run(100);
      }
      expect(world.port.refused).toBe(0);
      const frames = expectFluid(camera).map(({ firstExtensions, ...frame }) => ({
        ...frame,
        ...read(firstExtensions),
      }));
      for (const [i, { frame, mask, hasStructure, capturedAt }] of frames.entries()) {
        const step = i === 0 ? 1 : (frame - frames[i - 1]!.frame) & 0xffff;
        expect(step > 0 && step < 0x8000).toBe(true);
        if (left === 1 && !hasStructure && capturedAt > 3000) expect(mask).toBe('000011011');
      }
      expect(frames.length).toBeGreaterThan(200);
    },
  );

  it('reach receivers with their structure, which needs two-byte extensions', () => {
    const { world, camera, bob } = call('AV1', { numbers: true });
    bob.peer.downlink.loss = 0.2;
    world.run(1000);
    bob.peer.downlink.loss = 0;
    world.run(500);
    const frames = expectFluid(camera);
    const [first] = frames;
    expect(read(first!.firstExtensions).hasStructure).toBe(true);
    expect(first!.firstExtensions.get(8)!.length).toBeGreaterThan(16);
    // The transport-wide numbers have another offset then.
    const numbers = camera.received
      .filter(({ repaired }) => !repaired)
      .map(({ packet }) => {
        const [high, low] = packet.extensions.get(5)!;
        return (high! << 8) | low!;
      });
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(Math.max(...numbers) - Math.min(...numbers)).toBeLessThan(1000);
  });
});

describe.each(['VP9', 'H264', 'AV1'] as const)('%s in simulcast', (codec) => {
  it('treats each stream as one layer, with any numbering in its descriptors', () => {
    const { world, camera, consumer, producer } = call(codec, { isSimulcast: true });
    world.run(2000);
    expect(consumer.current.spatial).toBe(2);
    for (const spatial of [0, 1, 2, 0]) {
      consumer.setTarget(spatial, 2);
      world.run(1500);
      expect(consumer.current.spatial).toBe(spatial);
    }
    const { frames } = decode(camera);
    expect(camera.missing()).toEqual([]);
    expect(frames.filter(({ isDecodable }) => !isDecodable)).toEqual([]);
    expect([...new Set(frames.slice(10).map(({ stream }) => stream))].sort()).toEqual([0, 1, 2]);
    expect(producer.layers.spatialLayers).toBe(3);
    if (codec !== 'VP9') return;
    // Picture ids continue over a switch; they may skip the packets that were cut off.
    const ids = frames.map(({ firstPayload }) => ((firstPayload[1]! & 0x7f) << 8) | firstPayload[2]!);
    for (const [i, id] of ids.entries()) if (i > 0) expect((id - ids[i - 1]!) & 0x7fff).toBeLessThanOrEqual(2);
  });
});
