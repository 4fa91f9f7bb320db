import { describe, expect, it } from 'vitest';
import type { RtpCapabilities } from '../../src/index.js';
import { routerCapabilities } from '../../src/ortc/router-capabilities.js';
import { Publisher } from '../simulation/publisher.js';
import { type Consumption, Receiver } from '../simulation/receiver.js';
import { writeRtcp } from '../simulation/wire.js';
import { World } from '../simulation/world.js';

const payloadTypes = new Map(
  routerCapabilities().codecs!.map(({ mimeType, preferredPayloadType }) => [mimeType, preferredPayloadType!]),
);
const RED = payloadTypes.get('audio/red')!;
const OPUS = payloadTypes.get('audio/opus')!;

function withoutRed(world: World): RtpCapabilities {
  const { codecs, headerExtensions } = world.control.openRouter('room');
  return { codecs: codecs!.filter(({ mimeType }) => mimeType !== 'audio/red'), headerExtensions: headerExtensions! };
}

/**
 * The running numbers of the sounds that a receiver can play: of each packet, and of the redundant
 * block in it.
 */
function playable(sound: Consumption): number[] {
  const numbers = new Set<number>();
  for (const { packet } of sound.received) {
    const { payload, payloadType } = packet;
    const view = new DataView(payload.buffer, payload.byteOffset);
    if (payloadType === OPUS) numbers.add(view.getUint32(4));
    else if (payload[0]! & 0x80) {
      expect([payload[0]! & 0x7f, payload[4]]).toEqual([OPUS, OPUS]);
      numbers.add(view.getUint32(5 + 4));
      numbers.add(view.getUint32(5 + (view.getUint16(2) & 0x3ff) + 4));
    } else numbers.add(view.getUint32(1 + 4));
  }
  return [...numbers].sort((a, b) => a - b);
}

function report(world: World, receiver: Receiver, sound: Consumption, fractionLost: number): void {
  world.send(receiver.peer, writeRtcp(201, 1, [1, sound.ssrc, fractionLost << 24, 0, 0, 0, 0]), false);
}

describe('redundant sound', () => {
  it.each([1, 2, 3])(
    'of a publisher restores single losses, and reaches a receiver without RED as Opus (seed %i)',
    (seed) => {
      const world = new World(seed);
      const publisher = new Publisher(world, 'alice', { kind: 'audio', ssrc: 11, red: true }, { delay: 20 });
      publisher.produce('microphone');
      const bob = new Receiver(world, 'bob').consume('microphone', { rtpCapabilities: withoutRed(world) });
      world.run(200);
      publisher.peer.uplink.loss = 0.2;
      world.run(10_000);
      publisher.peer.uplink.loss = 0;
      world.run(500);
      expect(bob.received.every(({ packet }) => packet.payloadType === OPUS && packet.payload.length === 60)).toBe(
        true,
      );
      const numbers = bob.inOrder().map(({ number }) => number);
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      // Two losses in a row are not restored: 4 % of packets at 20 % loss.
      const lost = publisher.sent - numbers.length;
      expect(lost).toBeGreaterThan(0);
      expect(lost).toBeLessThan(500 * 0.07);
      // Restored packets have the timestamps of the lost ones.
      const first = bob.inOrder()[0]!;
      for (const { packet, number } of bob.received)
        expect((packet.timestamp - first.packet.timestamp) >>> 0).toBe((number - first.number) * 960);
      // The publisher still gets reports of the losses of its path.
      const { packetsLost } = world.control.producerStats('microphone').streams[0]!;
      expect(packetsLost).toBeGreaterThan(70);
    },
  );

  it('is sent to receivers that support it, only while they lose packets', () => {
    const world = new World(4);
    new Publisher(world, 'alice', { kind: 'audio', ssrc: 11 }).produce('microphone');
    const [bobs, carols, daves] = ['bob', 'carol', 'dave'].map((name) => new Receiver(world, name));
    const bob = bobs!.consume('microphone');
    const carol = carols!.consume('microphone', { rtpCapabilities: withoutRed(world) });
    const dave = daves!.consume('microphone');
    for (const sound of [bob, carol, dave]) sound.asksForMissing = false;
    const types = (sound: Consumption, since: number) =>
      new Set(sound.received.filter(({ at }) => at > since).map(({ packet }) => packet.payloadType));
    world.run(2000);
    expect(types(bob, 0)).toEqual(new Set([OPUS]));
    report(world, bobs!, bob, 51);
    report(world, carols!, carol, 51);
    report(world, daves!, dave, 2);
    bobs!.peer.downlink.loss = 0.2;
    const since = world.now;
    world.run(10_000);
    expect(types(bob, since)).toEqual(new Set([RED]));
    expect(types(carol, since)).toEqual(new Set([OPUS]));
    expect(types(dave, since)).toEqual(new Set([OPUS]));
    const numbers = playable(bob);
    expect(bob.received.length / (numbers.at(-1)! - numbers[0]! + 1)).toBeLessThan(0.87);
    expect(numbers.length / (numbers.at(-1)! - numbers[0]! + 1)).toBeGreaterThan(0.95);
    bobs!.peer.downlink.loss = 0;
    report(world, bobs!, bob, 0);
    world.run(31_000);
    report(world, bobs!, bob, 0);
    const later = world.now;
    world.run(1000);
    expect(types(bob, later)).toEqual(new Set([OPUS]));
  });

  it('is retransmitted bit for bit', () => {
    const world = new World(5);
    new Publisher(world, 'alice', { kind: 'audio', ssrc: 11, red: true }).produce('microphone');
    const bobs = new Receiver(world, 'bob', { delay: 20 });
    const bob = bobs.consume('microphone');
    world.run(1000);
    report(world, bobs, bob, 51);
    const wire = new Map<number, string>();
    let repeats = 0;
    const receive = bobs.peer.receive;
    bobs.peer.receive = (packet, isRtp) => {
      receive(packet, isRtp);
      if (!isRtp) return;
      const key = (packet[2]! << 8) | packet[3]!;
      const bytes = packet.join();
      if (wire.has(key)) {
        repeats++;
        expect(bytes).toBe(wire.get(key));
      }
      wire.set(key, bytes);
    };
    world.run(500);
    for (const { sequence } of bob.received.slice(-20)) bob.nack(sequence);
    world.run(500);
    expect(repeats).toBeGreaterThan(10);
    expect(world.port.refused).toBe(0);
    expect(world.engine.faults).toBe(0);
  });

  it('that is malformed is dropped and ends no transport', () => {
    const world = new World(6);
    const publisher = new Publisher(world, 'alice', { kind: 'audio', ssrc: 11, red: true });
    publisher.produce('microphone');
    const bob = new Receiver(world, 'bob').consume('microphone');
    world.run(1000);
    const before = bob.received.length;
    publisher.malformed = true;
    world.run(1000);
    expect(bob.received.length).toBe(before);
    publisher.malformed = false;
    world.run(1000);
    expect(bob.received.length).toBeGreaterThan(before + 40);
    expect(bob.missing()).toEqual([]);
    expect(world.engine.faults).toBe(0);
  });
});
