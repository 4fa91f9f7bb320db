import { describe, expect, it } from 'vitest';
import type { ConsumerPreferences, EngineEvent } from '../../src/index.js';
import { LayeredPublisher, readLabel } from '../simulation/layered-publisher.js';
import { Publisher } from '../simulation/publisher.js';
import { type Consumption, Receiver } from '../simulation/receiver.js';
import { World } from '../simulation/world.js';

// Several simulcast publishers (streams of some 110, 220 and 330 kbit/s) and a receiver whose path has an estimate.

const TILE: ConsumerPreferences = { width: 1280, height: 720, visible: true, priority: 'low' };

function call(publishers: number, estimate: number, isSimulcast = true) {
  const world = new World(121);
  const path = { target: estimate };
  const cameras = Array.from({ length: publishers }, (_, i) => {
    const publisher = new LayeredPublisher(world, `alice-${i}`, 'VP8', isSimulcast);
    publisher.produce(`camera-${i}`);
    return publisher;
  });
  const bob = new Receiver(world, 'bob');
  limit(world, 'bob', path);
  const views = cameras.map((_, i) => bob.consume(`camera-${i}`));
  return { world, path, cameras, bob, views };
}

/** Sets the estimate of a transport whose path is not simulated. */
function limit(world: World, transportId: string, path: { target: number }): void {
  const transport = [...world.engine.sessions].find(({ id }) => id === transportId) as
    | { media: { estimate: object } }
    | undefined;
  Object.defineProperty(transport!.media.estimate, 'target', { get: () => path.target });
}

function prefer(world: World, view: Consumption, preferences: Partial<ConsumerPreferences>): void {
  const { id } = view.parameters;
  world.engine.perform(world.now, (control) => control.setConsumerPreferences(id, { ...TILE, ...preferences }));
  world.tick();
}

/** Bits per second of each view in the last seconds, with headers. */
function rates(world: World, views: readonly Consumption[], seconds: number): number[] {
  return views.map(({ received }) => {
    const lately = received.filter(({ at }) => at > world.now - seconds * 1000);
    return lately.reduce((bits, { packet }) => bits + (packet.payload.length + 24) * 8, 0) / seconds;
  });
}

/** The stream of the last packet. */
function layer({ received }: Consumption): number {
  return readLabel(received.at(-1)!.packet.payload)!.stream;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function wanted(events: readonly EngineEvent[], producerId: string): number[] {
  return events.flatMap((event) =>
    event.type === 'producer.wanted' && event.producerId === producerId ? [event.spatial] : [],
  );
}

describe('six people on a path that carries half of their traffic', () => {
  it('are all visible, within the estimate, and use most of it', () => {
    const { world, views } = call(6, 1_000_000);
    world.run(10_000);
    const lately = rates(world, views, 4);
    for (const rate of lately) expect(rate).toBeGreaterThan(40_000);
    expect(sum(lately)).toBeLessThan(1_000_000);
    expect(sum(lately)).toBeGreaterThan(650_000);
  });

  it('yield bandwidth to a pinned one, and get it back', () => {
    const { world, views } = call(6, 1_000_000);
    world.run(5000);
    prefer(world, views[4]!, { priority: 'high' });
    world.run(5000);
    expect(layer(views[4]!)).toBe(2);
    for (const rate of rates(world, views, 2)) expect(rate).toBeGreaterThan(40_000);
    prefer(world, views[4]!, { priority: 'low' });
    prefer(world, views[1]!, { priority: 'high' });
    world.run(5000);
    expect(layer(views[1]!)).toBe(2);
    expect(sum(rates(world, views, 2))).toBeLessThan(1_000_000);
  });

  it('share the bandwidth of a hidden one', () => {
    const { world, views } = call(6, 1_000_000);
    world.run(5000);
    const before = rates(world, views, 2);
    for (const view of views.slice(0, 3)) prefer(world, view, { visible: false });
    world.run(8000);
    const after = rates(world, views, 4);
    expect(sum(after.slice(0, 3))).toBe(0);
    expect(sum(after.slice(3))).toBeGreaterThan(1.4 * sum(before.slice(3)));
    for (const view of views.slice(0, 3)) prefer(world, view, {});
    world.run(5000);
    for (const rate of rates(world, views, 2)) expect(rate).toBeGreaterThan(40_000);
    expect(sum(rates(world, views, 2))).toBeLessThan(1_000_000);
  });

  it('are lowered as it narrows, only then paused, and restored when it is wide again', () => {
    const { world, path, views } = call(6, 2_500_000);
    world.run(6000);
    for (const view of views) expect(layer(view)).toBe(2);
    path.target = 400_000;
    world.run(5000);
    for (const rate of rates(world, views, 2)) expect(rate).toBeGreaterThan(20_000);
    path.target = 60_000;
    world.run(5000);
    const visible = rates(world, views, 2).map((rate) => rate > 0);
    expect(visible.filter(Boolean).length).toBeLessThan(3);
    expect(visible[0]).toBe(true);
    path.target = 2_500_000;
    world.run(10_000);
    for (const view of views) expect(layer(view)).toBe(2);
    for (const view of views) expect(view.missing()).toEqual([]);
  });
});

it('a narrow path carries sound and the speaker’s picture', () => {
  const { world, bob, views } = call(5, 140_000);
  const sounds = Array.from({ length: 3 }, (_, i) => {
    const microphone = new Publisher(world, `alan-${i}`, { kind: 'audio', ssrc: 5000 + i });
    microphone.produce(`microphone-${i}`);
    return { microphone, sound: bob.consume(`microphone-${i}`) };
  });
  prefer(world, views[3]!, { priority: 'high' });
  world.run(14_000);
  const lately = rates(world, views, 4);
  expect(lately.map((rate) => rate > 0)).toEqual([false, false, false, true, false]);
  for (const { microphone, sound } of sounds) {
    expect(sound.missing()).toEqual([]);
    expect(microphone.sent - sound.received.length).toBeLessThan(3);
  }
  const layers = world.events.filter((event) => event.type === 'consumer.layers').flatMap(({ consumers }) => consumers);
  expect(layers.findLast(({ consumerId }) => consumerId === 'bob/camera-0')).toMatchObject({
    spatial: -1,
    cause: 'bandwidth',
  });
});

describe('a simulcast publisher', () => {
  it('need not send layers that no tile shows, and resumes at once for a larger tile', () => {
    const { world, cameras, views } = call(1, 5_000_000);
    const [camera] = cameras as [LayeredPublisher];
    const [view] = views as [Consumption];
    world.run(3000);
    prefer(world, view, { width: 300, height: 170 });
    world.run(3000);
    expect(wanted(world.events, 'camera-0')).toEqual([0]);
    camera.streams[1]!.isSending = camera.streams[2]!.isSending = false;
    world.run(3000);
    expect(layer(view)).toBe(0);
    prefer(world, view, TILE);
    expect(wanted(world.events, 'camera-0')).toEqual([0, 2]);
    camera.streams[1]!.isSending = camera.streams[2]!.isSending = true;
    world.run(3000);
    expect(layer(view)).toBe(2);
    expect(view.missing()).toEqual([]);
  });

  it('need not send layers that no path can carry, until one can', () => {
    const { world, path, views } = call(1, 600_000);
    world.run(3000);
    expect(layer(views[0]!)).toBe(2);
    path.target = 40_000;
    world.run(6000);
    expect(wanted(world.events, 'camera-0')).toEqual([0]);
    path.target = 600_000;
    world.run(3000);
    expect(wanted(world.events, 'camera-0').at(-1)).toBe(2);
  });
});

it('a receiver with false tile sizes harms itself: neighbours get the same as without it', () => {
  const without = call(2, 700_000);
  without.world.run(10_000);
  const { world, cameras, views } = call(2, 700_000);
  const mallory = new Receiver(world, 'mallory');
  limit(world, 'mallory', { target: 300_000 });
  const hers = cameras.map((_, i) => mallory.consume(`camera-${i}`));
  for (let i = 0; i < 10_000; i++) {
    const absurd = {
      width: 1e9 * (i % 3),
      height: i % 2 === 0 ? 0 : 1e9,
      visible: i % 5 > 0,
      priority: 'high' as const,
    };
    prefer(world, hers[i % 2]!, absurd);
    world.run(1);
  }
  for (const [i, rate] of rates(world, views, 5).entries()) {
    expect(rate / rates(without.world, without.views, 5)[i]!).toBeGreaterThan(0.95);
  }
  for (const view of views) expect(view.missing()).toEqual([]);
  expect(world.events.filter(({ type }) => type === 'producer.wanted')).toEqual([]);
  expect(sum(rates(world, hers, 5))).toBeLessThan(300_000);
  expect(world.engine.faults).toBe(0);
});

it('a publisher with layers in one stream is notified of the wanted layers, as for separate streams', () => {
  const world = new World(122);
  new LayeredPublisher(world, 'alice', 'AV1', false).produce('camera');
  const view = new Receiver(world, 'bob').consume('camera');
  world.run(3000);
  prefer(world, view, { width: 300, height: 170 });
  world.run(5000);
  expect(wanted(world.events, 'camera')).toEqual([0]);
  prefer(world, view, { visible: false });
  world.run(5000);
  expect(wanted(world.events, 'camera')).toEqual([0, -1]);
  prefer(world, view, TILE);
  expect(wanted(world.events, 'camera')).toEqual([0, -1, 2]);
});
