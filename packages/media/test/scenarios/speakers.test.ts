import { describe, expect, it } from 'vitest';
import { Publisher } from '../simulation/publisher.js';
import { type Consumption, type Received, Receiver } from '../simulation/receiver.js';
import { type Link, World } from '../simulation/world.js';

/** A room that forwards the loudest `loudest`, with participants that are silent at first. */
function room(seed: number, people: number, loudest: number, link: Partial<Link> = {}) {
  const world = new World(seed);
  world.control.openRouter('room', { loudest });
  const publishers = Array.from({ length: people }, (_, i) => {
    const publisher = new Publisher(world, `p${i}`, { kind: 'audio', ssrc: 100 + i }, link);
    publisher.level = -75;
    publisher.produce(`m${i}`);
    return publisher;
  });
  const listener = new Receiver(world, 'listener', link);
  const sounds = publishers.map((_, i) => listener.consume(`m${i}`));
  const speakers = () =>
    world.events.flatMap((event) =>
      event.type === 'router.speakers' ? [event.speakers.map((s) => s.producerId)] : [],
    );
  return { world, publishers, sounds, speakers };
}

/**
 * Numbers without a gap, timestamps of the publisher's clock: 960 per packet plus the omitted time.
 */
function expectContinuous(sound: Consumption): void {
  expect(sound.missing()).toEqual([]);
  const received = sound.inOrder();
  for (let i = 1; i < received.length; i++) {
    const packets = received[i]!.number - received[i - 1]!.number;
    expect(packets).toBeGreaterThan(0);
    expect((received[i]!.packet.timestamp - received[i - 1]!.packet.timestamp) >>> 0).toBe(packets * 960);
  }
}

/**
 * The packets that a receiver plays: a decoder that has been idle for a second starts with the
 * first packet that arrives; then each is played at its time, and later packets are lost
 * (libwebrtc's NetEq, without its time stretching).
 */
function played(packets: readonly Received[], playoutDelay: number): Received[] {
  let offset = Number.NEGATIVE_INFINITY;
  let lastPlayed = Number.NEGATIVE_INFINITY;
  return packets.filter(({ packet, at }) => {
    const mediaTime = packet.timestamp / 48;
    if (at - lastPlayed > 1000) offset = at + playoutDelay - mediaTime;
    const playAt = mediaTime + offset;
    if (playAt < at) return false;
    lastPlayed = Math.max(lastPlayed, playAt);
    return true;
  });
}

describe('speakers of a router', () => {
  it('are emitted with the loudest first, and as an empty list when all are silent', () => {
    const { world, publishers, speakers } = room(1, 3, 8);
    world.run(1000);
    expect(speakers()).toEqual([]);
    publishers[1]!.level = -25;
    world.run(1500);
    expect(speakers()).toEqual([['m1']]);
    publishers[2]!.level = -45;
    world.run(1000);
    expect(speakers().at(-1)).toEqual(['m1', 'm2']);
    for (const publisher of publishers) publisher.level = -75;
    world.run(1500);
    expect(speakers().at(-1)).toEqual([]);
    expect(world.engine.faults).toBe(0);
  });

  it('end with their producers, paused or closed', () => {
    const { world, publishers, speakers } = room(2, 2, 8);
    for (const publisher of publishers) publisher.level = -25;
    world.run(1500);
    expect(speakers().at(-1)).toHaveLength(2);
    world.control.pauseProducer('m0');
    world.run(1500);
    expect(speakers().at(-1)).toEqual(['m1']);
    world.control.closeProducer('m1');
    world.run(1500);
    expect(speakers().at(-1)).toEqual([]);
  });
});

describe('the loudest', () => {
  it('alone are forwarded; nothing changes in a room without others', () => {
    const few = room(3, 4, 4);
    few.world.run(4000);
    expect(few.sounds.map(({ received }) => received.length >= 199)).toEqual([true, true, true, true]);

    const many = room(3, 10, 3);
    many.world.run(2000);
    expect(many.sounds.map(({ received }) => received.length > 0)).toEqual(Array.from({ length: 10 }, (_, i) => i < 3));
    many.publishers[7]!.level = -30;
    many.world.run(2000);
    expect(many.sounds[7]!.received.length).toBeGreaterThanOrEqual(100);
    const inLastSecond = (sound: Consumption) => sound.received.filter(({ at }) => at > many.world.now - 1000).length;
    const forwarded = many.sounds.filter((sound) => inLastSecond(sound) > 0);
    expect(forwarded).toHaveLength(3);
    // There is no gap, and no request for one.
    for (const i of [0, 1, 2, 7]) expectContinuous(many.sounds[i]!);
    expect(many.world.control.consumerStats('listener/m7').nackCount).toBe(0);
  });

  it('change without a gap in numbers, also with loss and reordering', () => {
    const { world, publishers, sounds } = room(4, 6, 2, { loss: 0.05, jitter: 15, delay: 20 });
    for (const { peer } of publishers) peer.uplink.loss = 0;
    for (let turn = 0; turn < 24; turn++) {
      for (const [i, publisher] of publishers.entries()) publisher.level = i === turn % 6 ? -25 : -75;
      world.run(1500);
    }
    world.run(2000);
    for (const sound of sounds) {
      const received = sound.inOrder();
      expect(received.length).toBeGreaterThan(200);
      // Packets lost repeatedly are missing; packets omitted on purpose are not.
      expect(sound.missing().length).toBeLessThan(5);
      for (let i = 1; i < received.length; i++) expect(received[i]!.number).toBeGreaterThan(received[i - 1]!.number);
    }
    expect(world.port.refused).toBe(0);
    expect(world.engine.faults).toBe(0);
  });

  it.each([40, 60, 100])(
    'begin with their first syllable, for a receiver with %i ms of playout delay',
    (playoutDelay) => {
      const { world, publishers, sounds } = room(5, 4, 1, { delay: 20 });
      publishers[0]!.level = -25;
      world.run(3000);
      publishers[0]!.level = -75;
      world.run(3000);
      const onset = publishers[3]!.sent;
      // A consonant of 60 ms, no louder than the room, then the vowel.
      publishers[3]!.level = -62;
      world.run(60);
      publishers[3]!.level = -24;
      world.run(1000);
      const heard = played(sounds[3]!.received, playoutDelay);
      expect(heard[0]!.number).toBeLessThanOrEqual(onset);
      expect(heard).toHaveLength(sounds[3]!.received.length);
      // At once: within 60 ms of the vowel, the network's 40 included.
      expect(heard[0]!.at - heard.find(({ number }) => number === onset + 3)!.at).toBe(0);
    },
  );
});
