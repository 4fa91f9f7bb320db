import { describe, expect, it } from 'vitest';
import type { ActiveSpeaker } from '../api/events.js';
import { ExtensionKind } from '../rtp/extensions.js';
import { RtpHeader } from '../rtp/header.js';
import { RouterSpeakers } from './router-speakers.js';
import type { Sound } from './sound.js';
import { SpeakerTicks } from './speaker-ticks.js';

/**
 * A room in which each participant has a curve of levels: dBov by milliseconds, undefined when
 * nothing is sent.
 */
class Room {
  now = 5000;
  readonly events: { at: number; speakers: ActiveSpeaker[] }[] = [];
  readonly people = new Map<
    string,
    { sound: Sound; clock: number; marksVoice: boolean; packet: number; next: number }
  >();
  private readonly ticks = new SpeakerTicks(
    () => this.now,
    (error) => expect.unreachable(String(error)),
  );
  readonly speakers: RouterSpeakers;

  constructor(limit = 0) {
    this.speakers = new RouterSpeakers(limit, this.ticks, (speakers) => this.events.push({ at: this.now, speakers }));
  }

  add(name: string, options: { clock?: number; marksVoice?: boolean; packet?: number; timestamp?: number } = {}): void {
    const clock = options.clock ?? 48_000;
    this.people.set(name, {
      sound: this.speakers.add(name, clock),
      clock,
      marksVoice: options.marksVoice ?? true,
      packet: options.packet ?? 20,
      next: options.timestamp ?? 0,
    });
  }

  /** Advances time in steps of 10 ms; answers when a sound entered the forwarded ones. */
  run(milliseconds: number, curves: Record<string, (t: number) => number | undefined>): Record<string, number> {
    const entered: Record<string, number> = {};
    const from = this.now;
    for (let t = 0; t < milliseconds; t += 10) {
      this.now = from + t;
      if (this.now >= this.ticks.dueAt) this.ticks.run(this.now);
      for (const [name, person] of this.people) {
        if (t % person.packet !== 0) continue;
        person.next = (person.next + (person.packet * person.clock) / 1000) | 0;
        const level = curves[name]?.(t);
        if (level !== undefined && this.packet(name, level)) entered[name] ??= t;
      }
    }
    this.now = from + milliseconds;
    if (this.now >= this.ticks.dueAt) this.ticks.run(this.now);
    return entered;
  }

  packet(name: string, level: number, timestamp?: number): boolean {
    const person = this.people.get(name)!;
    const header = new RtpHeader();
    header.timestamp = timestamp ?? person.next;
    header.arrivedAt = this.now;
    header.extensionOffsets[ExtensionKind.AudioLevel] = 1;
    const flag = person.marksVoice && level > -60 ? 0x80 : 0;
    return this.speakers.note(person.sound, header, Uint8Array.of(0, flag | -level), this.now);
  }

  get leader(): string | undefined {
    return this.events.findLast(({ speakers }) => speakers.length > 0)?.speakers[0]?.producerId;
  }

  get talking(): string[] {
    return this.events.at(-1)?.speakers.map(({ producerId }) => producerId) ?? [];
  }
}

/** Syllables of 200 ms with pauses of 60, words with pauses of 200. */
const speech =
  (level = -28) =>
  (t: number) =>
    t % 1200 > 1000 || t % 260 > 200 ? -70 : level - (t % 5);
const silence = () => -75;
/** Discontinuous transmission: only one packet each 400 ms during silence. */
const withDtx = (curve: (t: number) => number) => (t: number) =>
  curve(t) > -60 || t % 400 === 0 ? curve(t) : undefined;

describe('active speakers', () => {
  it('are none in a silent room, without any event or timer', () => {
    const room = new Room();
    room.add('alice');
    room.add('bob');
    room.run(5000, { alice: silence, bob: () => undefined });
    expect(room.events).toEqual([]);
  });

  it('are the talking participants, with a level, and none again after the end', () => {
    const room = new Room();
    room.add('alice');
    room.add('bob');
    room.run(2000, { alice: speech(), bob: silence });
    expect(room.talking).toEqual(['alice']);
    expect(room.events[0]!.at - 5000).toBeLessThanOrEqual(600);
    const { level } = room.events[0]!.speakers[0]!;
    expect(level).toBeGreaterThan(-36);
    expect(level).toBeLessThan(-25);
    room.run(2000, { alice: silence, bob: silence });
    expect(room.talking).toEqual([]);
    const { length } = room.events;
    room.run(10_000, { alice: silence, bob: silence });
    expect(room.events).toHaveLength(length);
  });

  it('do not change between words, and are emitted on change or each three seconds, never within 300 ms', () => {
    const room = new Room();
    room.add('alice');
    room.run(10_000, { alice: speech() });
    expect(room.events.every(({ speakers }) => speakers.length === 1)).toBe(true);
    expect(room.events.length).toBeLessThanOrEqual(4);
    const gaps = room.events.slice(1).map(({ at }, i) => at - room.events[i]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(300);
  });

  it.each([100, 200, 300])('are not led by a cough of %i ms, neither in speech nor in silence', (length) => {
    const room = new Room();
    room.add('alice');
    room.add('bob');
    const cough = (t: number) => (t >= 1100 && t < 1100 + length ? -8 : -75);
    room.run(3000, { alice: speech(), bob: silence });
    room.run(3000, { alice: speech(), bob: cough });
    expect(room.leader).toBe('alice');
    room.run(4000, { alice: silence, bob: silence });
    room.run(3000, { alice: silence, bob: cough });
    room.run(2000, { alice: speech(), bob: silence });
    expect(room.events.every(({ speakers }) => speakers[0]?.producerId !== 'bob' || speakers.length === 1)).toBe(true);
    expect(room.leader).toBe('alice');
  });

  it.each([
    ['with discontinuous transmission', true],
    ['without', false],
  ])('are led within a second by an interrupter to whom the others yield, %s', (_, dtx) => {
    const room = new Room();
    room.add('alice');
    room.add('bob');
    const curve = (c: (t: number) => number) => (dtx ? withDtx(c) : c);
    room.run(4000, { alice: curve(speech()), bob: curve(silence) });
    expect(room.leader).toBe('alice');
    room.run(1200, { alice: curve((t) => (t < 400 ? speech()(t) : -75)), bob: curve(speech(-24)) });
    expect(room.leader).toBe('bob');
  });

  it('are led by the last one after a silence, until another one talks', () => {
    const room = new Room();
    room.add('alice');
    room.add('bob');
    room.run(3000, { alice: speech(), bob: silence });
    room.run(5000, { alice: silence, bob: silence });
    expect(room.leader).toBe('alice');
    room.run(1500, { alice: silence, bob: speech() });
    expect(room.leader).toBe('bob');
  });

  it('are weighed by time: one with three times the packets, or a burst after a stall, has no advantage', () => {
    const dense = new Room();
    dense.add('alice', { packet: 10 });
    dense.add('bob', { packet: 60 });
    dense.run(4000, { alice: speech(-50), bob: silence });
    expect(dense.leader).toBe('alice');
    dense.run(1500, { alice: silence, bob: speech(-50) });
    expect(dense.leader).toBe('bob');

    const stalled = new Room();
    stalled.add('alice');
    stalled.add('bob');
    stalled.run(3000, { alice: speech(), bob: silence });
    // 40 packets of 200 ms of noise in one instant.
    for (let i = 0; i < 40; i++) stalled.packet('bob', -5, 1_000_000 + i * 240);
    stalled.run(2000, { alice: speech(), bob: silence });
    expect(stalled.leader).toBe('alice');
  });

  it('do not depend on the clock rate, on wrapping or jumping timestamps, or on the voice flag', () => {
    const room = new Room();
    room.add('alice', { clock: 8000, marksVoice: false, timestamp: 0x7fffffff - 4000 });
    room.add('bob', { marksVoice: false });
    room.run(2000, { alice: speech(), bob: silence });
    expect(room.talking).toEqual(['alice']);
    room.people.get('alice')!.next = 12345;
    room.run(2000, { alice: speech(), bob: silence });
    expect(room.talking).toEqual(['alice']);
  });

  it('exclude noise without voice, by the flag where it is used, by its steadiness otherwise', () => {
    const room = new Room();
    room.add('alice');
    room.run(1000, { alice: speech() });
    room.run(2000, { alice: silence });
    room.add('fan', { marksVoice: false });
    const { length } = room.events;
    room.run(60_000, { alice: silence, fan: () => -50 });
    const before = room.events.length;
    room.run(30_000, { alice: silence, fan: () => -50 });
    expect(room.events).toHaveLength(before);
    expect(room.talking).toEqual([]);
    expect(before).toBeGreaterThanOrEqual(length);
  });

  it('lose a participant that has left', () => {
    const room = new Room();
    room.add('alice');
    room.run(1500, { alice: speech() });
    room.speakers.remove(room.people.get('alice')!.sound);
    room.people.delete('alice');
    room.run(1000, {});
    expect(room.talking).toEqual([]);
  });
});

describe('the loudest sounds', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const room = (limit: number) => {
    const made = new Room(limit);
    for (const name of names) made.add(name);
    return made;
  };
  const heard = (made: Room) => names.filter((name) => made.people.get(name)!.sound.isHeard);

  it('are all sounds up to the limit, or without one', () => {
    for (const limit of [0, 5, 9]) {
      const made = room(limit);
      made.run(3000, { a: speech(), b: speech(-50), c: silence, d: silence, e: () => -10 });
      expect(heard(made)).toEqual(names);
    }
  });

  it('take a newcomer with its first loud packets, in place of the longest silent one', () => {
    const made = room(2);
    made.run(3000, { a: speech(), b: silence, c: silence, d: silence, e: silence });
    expect(made.run(2000, { a: speech(), b: silence, c: silence, d: speech(), e: silence }).d).toBeLessThanOrEqual(20);
    expect(heard(made)).toEqual(['a', 'd']);
  });

  it('stay through a pause for breath, and do not alternate between equal voices', () => {
    const made = room(2);
    made.run(4000, { a: speech(), b: speech() });
    let exchanges = 0;
    for (let i = 0; i < 10; i++) {
      exchanges += Object.keys(
        made.run(1500, { a: i % 2 ? silence : speech(), b: speech(), c: speech(), d: speech(-31) }),
      ).length;
    }
    expect(exchanges).toBe(0);
    expect(heard(made)).toEqual(['a', 'b']);
  });

  it('give the turn to a respondent, and back, where there is room for one', () => {
    const made = room(1);
    made.run(4000, { a: speech(), b: silence });
    // Ends a word, then listens.
    made.run(1000, { a: (t) => (t < 100 ? -28 : -75), b: silence });
    expect(made.run(1500, { a: silence, b: speech() }).b).toBe(0);
    expect(made.run(1500, { a: speech(), b: silence }).a).toBeLessThanOrEqual(260);
    // An interjection in a pause for breath: the sound that was forwarded before goes on.
    made.run(400, { a: silence, b: silence });
    expect(made.run(200, { a: silence, b: speech() }).b).toBe(0);
    expect(made.run(1000, { a: speech(), b: silence }).a).toBeLessThanOrEqual(260);
    expect(heard(made)).toEqual(['a']);
  });

  it('keep the talking participant when the limit becomes lower', () => {
    const made = room(4);
    made.run(3000, { a: speech(), b: speech(), c: speech(), d: speech() });
    made.run(2500, { a: silence, b: silence, c: speech(), d: speech() });
    made.speakers.setLimit(2);
    expect(heard(made)).toEqual(['c', 'd']);
  });

  it('yield to a clearly louder voice', () => {
    const made = room(2);
    made.run(4000, { a: speech(-30), b: speech(-45) });
    made.run(1500, { a: speech(-30), b: speech(-45), e: speech(-20) });
    expect(heard(made)).toEqual(['a', 'e']);
  });

  it('follow changes of the limit, and removed sounds', () => {
    const made = room(2);
    const everybody = Object.fromEntries(names.map((name) => [name, speech()]));
    made.speakers.setLimit(4);
    made.run(100, everybody);
    expect(heard(made)).toHaveLength(4);
    made.speakers.setLimit(1);
    expect(heard(made)).toHaveLength(1);
    made.speakers.remove(made.people.get(heard(made)[0]!)!.sound);
    const gone = heard(made)[0]!;
    made.people.delete(gone);
    names.splice(names.indexOf(gone), 1);
    made.run(100, everybody);
    expect(heard(made)).toHaveLength(1);
    made.speakers.setLimit(0);
    made.run(100, everybody);
    expect(heard(made)).toEqual(names);
  });
});
