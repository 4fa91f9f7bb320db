import { describe, expect, it } from 'vitest';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { World } from '../simulation/world.js';

describe('forwarding', () => {
  it('sends a receiver an unbroken copy of video from a key frame on', () => {
    const world = new World();
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 0xfedcba98, rtxSsrc: 22 });
    publisher.produce('camera');
    const receiver = new Receiver(world, 'bob');
    world.run(1000);
    const camera = receiver.consume('camera');
    world.run(3000);
    const packets = camera.inOrder();
    expect(packets.length).toBeGreaterThan(250);
    expect(camera.missing()).toEqual([]);
    // The first packet begins a key frame, and arrives soon after the consumer is opened.
    expect(packets[0]!.packet.payload.slice(0, 2)).toEqual(Uint8Array.of(0x10, 0));
    expect(packets[0]!.at - 2000).toBeLessThan(100);
    const numbers = packets.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
    expect(publisher.feedbacks.length).toBeGreaterThan(30);
  });

  it('forwards sound with its level', () => {
    const world = new World();
    const publisher = new Publisher(world, 'alice', { kind: 'audio', ssrc: 11 });
    publisher.produce('microphone');
    const receiver = new Receiver(world, 'bob');
    const microphone = receiver.consume('microphone');
    world.run(2000);
    expect(microphone.received.length).toBeGreaterThan(95);
    expect(microphone.missing()).toEqual([]);
    expect(microphone.received[0]!.packet.extensions.get(10)).toEqual(Uint8Array.of(0x80 | 20));
    expect(microphone.received[0]!.packet.payloadType).toBe(100);
  });

  it('shows a late joiner a picture within a second', () => {
    const world = new World();
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
    publisher.produce('camera');
    world.run(10_000);
    const consumptions = [0, 1, 2, 3].map((i) => {
      const joinedAt = world.now;
      const camera = new Receiver(world, `late${i}`).consume('camera');
      world.run(150);
      return { camera, joinedAt };
    });
    world.run(2000);
    for (const { camera, joinedAt } of consumptions) expect(camera.received[0]!.at - joinedAt).toBeLessThan(1000);
  });
});
