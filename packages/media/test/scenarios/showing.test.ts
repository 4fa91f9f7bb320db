import { describe, expect, it } from 'vitest';
import type { ConsumerPreferences, EngineEvent } from '../../src/index.js';
import { Publisher } from '../simulation/publisher.js';
import { type Consumption, Receiver } from '../simulation/receiver.js';
import { World } from '../simulation/world.js';

// The view of a receiver decides which layers it gets; layers without a view need not be sent.

const SHOWN: ConsumerPreferences = { width: 1280, height: 720, visible: true, priority: 'low' };
const HIDDEN: ConsumerPreferences = { ...SHOWN, visible: false };

function call(receivers = 2) {
  const world = new World(77);
  const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
  publisher.produce('camera');
  const views = Array.from({ length: receivers }, (_, i) => new Receiver(world, `bob-${i}`).consume('camera'));
  world.run(1000);
  world.events.length = 0;
  return { world, publisher, views };
}

function prefer(world: World, view: Consumption, preferences: ConsumerPreferences): void {
  world.engine.perform(world.now, (control) => control.setConsumerPreferences(view.parameters.id, preferences));
  world.tick();
}

function wanted(events: EngineEvent[]): number[] {
  return events.flatMap((event) => (event.type === 'producer.wanted' ? [event.spatial] : []));
}

describe('a picture that is hidden', () => {
  it('is not sent to the receiver that hides it, and to others as before', () => {
    const { world, views } = call();
    const [one, other] = views as [Consumption, Consumption];
    prefer(world, one, HIDDEN);
    world.run(300);
    const [before, beforeOther] = [one.received.length, other.received.length];
    world.run(2000);
    expect(one.received.length).toBe(before);
    expect(other.received.length - beforeOther).toBeGreaterThan(170);
    expect(other.missing()).toEqual([]);
    expect(world.events).toContainEqual({
      type: 'consumer.layers',
      transportId: 'bob-0',
      consumers: [{ consumerId: one.parameters.id, spatial: -1, temporal: -1, cause: 'hidden' }],
    });
  });

  it('is in the statistics', () => {
    const { world, views } = call();
    const { control } = world;
    prefer(world, views[0]!, HIDDEN);
    expect(control.transportStats('bob-0')).toMatchObject({
      connectionQuality: 'excellent',
      connectionLimitation: 'none',
      serverPacketLoss: 0,
      consumers: [{ targetSpatialLayer: -1, targetTemporalLayer: -1, qualityLimitationReason: 'hidden' }],
    });
    expect(control.consumerStats(views[1]!.parameters.id)).toMatchObject({
      targetSpatialLayer: 0,
      qualityLimitationReason: 'none',
    });
    const { producers } = control.transportStats('alice');
    expect(producers).toMatchObject([{ wantedSpatialLayer: 0, silent: false }]);
    // 90 packets of 124 bytes a second.
    expect(producers[0]!.layers![0]!.bitrate / 89_280).toBeCloseTo(1, 0);
  });

  it('returns with a key frame as soon as it is shown', () => {
    const { world, publisher, views } = call();
    const [one] = views as [Consumption];
    prefer(world, one, HIDDEN);
    world.run(1000);
    const before = one.received.length;
    const asked = publisher.keyFrameRequests.length;
    prefer(world, one, SHOWN);
    world.run(100);
    expect(one.received.length).toBeGreaterThan(before);
    expect(publisher.keyFrameRequests.length).toBe(asked + 1);
    world.run(1000);
    expect(one.missing()).toEqual([]);
  });

  it('is not sent for a tile without a size either', () => {
    const { world, views } = call();
    const [one] = views as [Consumption];
    prefer(world, one, { ...SHOWN, width: 0 });
    world.run(300);
    const before = one.received.length;
    world.run(1000);
    expect(one.received.length).toBe(before);
  });
});

describe('a publisher is notified', () => {
  it('after two seconds without a viewer of its picture, and at once of a viewer', () => {
    const { world, views } = call();
    for (const view of views) prefer(world, view, HIDDEN);
    world.run(1900);
    expect(wanted(world.events)).toEqual([]);
    world.run(1500);
    expect(wanted(world.events)).toEqual([-1]);
    prefer(world, views[1]!, SHOWN);
    expect(wanted(world.events)).toEqual([-1, 0]);
  });

  it('of no tile that is hidden for a moment', () => {
    const { world, views } = call();
    for (let i = 0; i < 10; i++) {
      for (const view of views) prefer(world, view, HIDDEN);
      world.run(1500);
      prefer(world, views[0]!, SHOWN);
      world.run(300);
    }
    expect(wanted(world.events)).toEqual([]);
  });

  it('of the absence of receivers, and at once of the first one', () => {
    const world = new World(78);
    new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 }).produce('camera');
    world.run(4000);
    expect(wanted(world.events)).toEqual([-1]);
    const view = new Receiver(world, 'bob').consume('camera');
    expect(wanted(world.events)).toEqual([-1, 0]);
    world.control.pauseConsumer(view.parameters.id);
    world.run(4000);
    expect(wanted(world.events)).toEqual([-1, 0, -1]);
  });
});

describe('invalid preferences', () => {
  it.each([
    ['NaN', { ...SHOWN, width: Number.NaN }],
    ['a negative size', { ...SHOWN, height: -1 }],
    ['text', { ...SHOWN, width: '640' }],
    ['no visibility', { width: 1, height: 1, priority: 'low' }],
    ['an unknown priority', { ...SHOWN, priority: 'toString' }],
    ['nothing', null],
  ])('are refused: %s', (_, preferences) => {
    const { world, views } = call(1);
    expect(() => prefer(world, views[0]!, preferences as ConsumerPreferences)).toThrow(
      expect.objectContaining({ code: 'invalid-parameters' }),
    );
    expect(world.engine.faults).toBe(0);
  });

  it('of 10^9 pixels, and a thousand changes a second, do not affect others', () => {
    const { world, publisher, views } = call();
    const [mallory, neighbour] = views as [Consumption, Consumption];
    const asked = publisher.keyFrameRequests.length;
    const before = neighbour.received.length;
    for (let i = 0; i < 5000; i++) {
      prefer(world, mallory, i % 2 === 0 ? { ...SHOWN, width: 1e9, height: 1e9, priority: 'high' } : HIDDEN);
      world.run(1);
    }
    // 30 frames a second of three packets each.
    expect(neighbour.received.length - before).toBeGreaterThan(440);
    expect(neighbour.missing()).toEqual([]);
    // At most its allowance of key frames.
    expect(publisher.keyFrameRequests.length - asked).toBeLessThan(7);
    const layers = world.events.filter((event) => event.type === 'consumer.layers');
    expect(layers.length).toBeLessThanOrEqual(26);
    expect(wanted(world.events)).toEqual([]);
    expect(world.engine.faults).toBe(0);
  });
});

describe('a producer without packets', () => {
  const flow = (events: EngineEvent[]) =>
    events.flatMap((event) =>
      event.type === 'producer.silent' || event.type === 'producer.flowing'
        ? [`${event.producerId} ${event.type}`]
        : [],
    );

  it('is reported within five seconds, and again when packets resume', () => {
    const { world, publisher } = call();
    publisher.isSending = publisher.isReporting = false;
    world.run(5000);
    expect(flow(world.events)).toEqual(['camera producer.silent']);
    publisher.isSending = publisher.isReporting = true;
    world.run(2000);
    expect(flow(world.events)).toEqual(['camera producer.silent', 'camera producer.flowing']);
  });

  it('is reported also when no packet ever arrived', () => {
    const world = new World(79);
    const publisher = new Publisher(world, 'alice', { kind: 'audio', ssrc: 11 });
    publisher.isSending = publisher.isReporting = false;
    publisher.produce('microphone');
    world.run(5000);
    expect(flow(world.events)).toEqual(['microphone producer.silent']);
  });

  it('is not one that is paused, has no viewer, or has a still source', () => {
    const { world, publisher, views } = call();
    const { control } = world;
    // A still picture or a silent room: reports continue.
    publisher.isSending = false;
    world.run(6000);
    control.pauseProducer('camera');
    publisher.isReporting = false;
    world.run(6000);
    control.resumeProducer('camera');
    publisher.isReporting = publisher.isSending = true;
    world.run(6000);
    for (const view of views) prefer(world, view, HIDDEN);
    world.run(4000);
    publisher.isReporting = publisher.isSending = false;
    world.run(6000);
    expect(flow(world.events)).toEqual([]);
  });
});
