import { describe, expect, it } from 'vitest';
import { Publisher, type PublisherOptions } from '../simulation/publisher.js';
import { type Consumption, Receiver } from '../simulation/receiver.js';
import { writeRtp } from '../simulation/wire.js';
import { World } from '../simulation/world.js';

function call(options: Partial<PublisherOptions> = {}, seed = 21) {
  const world = new World(seed);
  const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22, ...options });
  publisher.produce('media');
  const consumption = new Receiver(world, 'bob').consume('media');
  const { control } = world;
  return { world, publisher, consumption, control };
}

/** Sequence numbers without a gap, and timestamps that only rise, in int32 steps. */
function expectContinuous(consumption: Consumption): void {
  expect(consumption.missing()).toEqual([]);
  const packets = consumption.inOrder();
  const backwards = packets.filter(
    ({ packet }, i) => i > 0 && ((packet.timestamp - packets[i - 1]!.packet.timestamp) | 0) < 0,
  );
  expect(backwards).toEqual([]);
}

describe('a receiver’s stream remains continuous', () => {
  it('when sequence numbers wrap', () => {
    const { world, consumption } = call({ sequenceNumber: 65_500 });
    world.run(5000);
    expect(consumption.received.length).toBeGreaterThan(400);
    expectContinuous(consumption);
  });

  it('when timestamps wrap', () => {
    const { world, consumption } = call({ timestamp: 2 ** 32 - 200_000 });
    world.run(5000);
    expectContinuous(consumption);
  });

  it('when its own sequence numbers wrap', () => {
    // With this seed they begin near the end of the half in which they may begin.
    const { world, consumption } = call({ packetsPerFrame: 60 }, 31);
    world.run(20_000);
    const first = consumption.inOrder()[0]!.packet.sequenceNumber;
    expect(consumption.inOrder().at(-1)!.packet.sequenceNumber).toBeLessThan(first);
    expectContinuous(consumption);
  });

  it('over a pause of the consumer, which ends with a key frame', () => {
    const { world, publisher, consumption, control } = call();
    world.run(2000);
    control.pauseConsumer('bob/media');
    world.run(100);
    const before = consumption.received.length;
    const requests = publisher.keyFrameRequests.length;
    world.run(2000);
    expect(consumption.received.length).toBe(before);
    control.resumeConsumer('bob/media');
    world.run(2000);
    expect(publisher.keyFrameRequests.length).toBe(requests + 1);
    const first = consumption.received[before]!;
    expect(first.packet.payload.slice(0, 2)).toEqual(Uint8Array.of(0x10, 0));
    expectContinuous(consumption);
    // The timestamps show the duration of the pause.
    const last = consumption.received[before - 1]!;
    const elapsed = (first.packet.timestamp - last.packet.timestamp) / 90;
    expect(Math.abs(elapsed - (first.at - last.at))).toBeLessThan(50);
  });

  it('over a pause of the producer', () => {
    const { world, consumption, control } = call();
    world.run(1000);
    control.pauseProducer('media');
    world.run(1000);
    const before = consumption.received.length;
    world.run(500);
    expect(consumption.received.length).toBe(before);
    control.resumeProducer('media');
    world.run(1000);
    expect(consumption.received.length).toBeGreaterThan(before + 60);
    expectContinuous(consumption);
  });

  it('over a pause of sound, which needs no key frame', () => {
    const { world, consumption, control } = call({ kind: 'audio', rtxSsrc: undefined });
    world.run(1000);
    control.pauseConsumer('bob/media');
    world.run(1000);
    control.resumeConsumer('bob/media');
    const before = consumption.received.length;
    world.run(100);
    expect(consumption.received.length).toBeGreaterThanOrEqual(before + 4);
    expectContinuous(consumption);
  });

  it.each([true, false])('when the publisher starts over with another SSRC (in its parameters: %s)', (signalSsrc) => {
    const { world, publisher, consumption } = call({ mid: '1', signalSsrc });
    world.run(2000);
    const before = consumption.received.length;
    publisher.restart(99, 40_000, 5);
    world.run(2000);
    expect(consumption.received.length).toBeGreaterThan(before + 150);
    expectContinuous(consumption);
    const [last, first] = [consumption.inOrder()[before - 1]!, consumption.inOrder()[before]!];
    expect(((first.packet.timestamp - last.packet.timestamp) | 0) / 90).toBeLessThan(100);
  });

  it('when the publisher starts over with the same SSRC and other numbers', () => {
    const { world, publisher, consumption } = call();
    world.run(2000);
    const before = consumption.received.length;
    publisher.restart(11, 30_000, 1_000_000);
    world.run(2000);
    expect(consumption.received.length).toBeGreaterThan(before + 150);
    expectContinuous(consumption);
  });

  it('when the publisher starts over while the consumer is paused', () => {
    const { world, publisher, consumption, control } = call({ sequenceNumber: 50_000 });
    world.run(2000);
    control.pauseConsumer('bob/media');
    publisher.restart(11, 10, 1_000_000);
    world.run(1000);
    const before = consumption.received.length;
    control.resumeConsumer('bob/media');
    world.run(1000);
    expect(consumption.received.length).toBeGreaterThan(before + 60);
    expectContinuous(consumption);
  });

  it.each(['consumer', 'producer'] as const)('when a long stream jumps ahead while its %s is paused', (paused) => {
    const { world, publisher, consumption, control } = call({ sequenceNumber: 65_400 });
    // Past its first wrap.
    world.run(2000);
    if (paused === 'consumer') control.pauseConsumer('bob/media');
    else control.pauseProducer('media');
    publisher.sequenceNumber = (publisher.sequenceNumber + 3500) & 0xffff;
    world.run(1000);
    const before = consumption.received.length;
    if (paused === 'consumer') control.resumeConsumer('bob/media');
    else control.resumeProducer('media');
    world.run(1000);
    expect(consumption.received.length).toBeGreaterThan(before + 60);
    expectContinuous(consumption);
  });

  it('when RTX restores packets that are long past', () => {
    const { world, publisher, consumption, control } = call({ packetsPerFrame: 20 });
    world.run(4000);
    const requests = publisher.keyFrameRequests.length;
    const before = consumption.received.length;
    const last = publisher.sequenceNumber;
    for (const [i, age] of [1500, 1499, 2001, 2000].entries()) {
      const original = (last - age) & 0xffff;
      const payload = Uint8Array.of(original >> 8, original & 0xff, 0x10, 1, 0, 0, 0, 0, 0, 0);
      const rtx = { payloadType: 97, marker: false, sequenceNumber: 9000 + i, timestamp: 1, ssrc: 22 };
      world.send(publisher.peer, writeRtp({ ...rtx, extensions: new Map(), payload }), true);
      world.run(1);
    }
    world.run(1000);
    expect(publisher.keyFrameRequests.length).toBe(requests);
    expect(consumption.received.length - before).toBeGreaterThanOrEqual(20 * 29);
    expect(control.producerStats('media').streams[0]!.packetsLost).toBe(0);
    expectContinuous(consumption);
  });

  it('when the publisher sends padding alone, which is not forwarded', () => {
    const { world, publisher, consumption } = call();
    world.every(100, () => publisher.sendPadding());
    world.run(5000);
    expect(consumption.received.every(({ packet }) => packet.payload.length > 0)).toBe(true);
    expectContinuous(consumption);
  });

  it('when padding and loss coincide', () => {
    const { world, publisher, consumption } = call();
    publisher.peer.uplink.loss = 0.1;
    publisher.peer.uplink.delay = 10;
    world.every(70, () => publisher.sendPadding(), 9000);
    world.run(10_000);
    publisher.peer.uplink.loss = 0;
    world.run(2000);
    expectContinuous(consumption);
  });

  it('when later packets overtake its first key frame', () => {
    const { world, publisher, consumption } = call();
    publisher.peer.uplink.jitter = 6;
    world.run(2000);
    const numbers = consumption.inOrder().map(({ number }) => number);
    expect(consumption.inOrder()[0]!.packet.payload.slice(0, 2)).toEqual(Uint8Array.of(0x10, 0));
    expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
  });

  it('when a publisher sends its stream before the first consumer', () => {
    const world = new World(22);
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
    world.run(1000);
    publisher.produce('media');
    world.run(1000);
    const consumption = new Receiver(world, 'bob').consume('media');
    world.run(1000);
    expect(consumption.received.length).toBeGreaterThan(60);
    expectContinuous(consumption);
  });
});
