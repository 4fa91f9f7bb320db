import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { expect, test } from 'vitest';
import { Turns } from './turns.js';

const NODE = 'node-1';

/** Rooms of participants who send through the node, as several homes see them. */
class Rooms {
  readonly clock = new VirtualClock();
  readonly notified: [string, number][] = [];
  readonly #rooms = new Map<
    string,
    { id: string; participants: { id: string; producers: { mediaNodeId: string }[] }[] }
  >();

  person(roomId: string, participantId: string, sends = true) {
    const room = this.#rooms.get(roomId) ?? { id: roomId, participants: [] };
    this.#rooms.set(roomId, room);
    room.participants.push({ id: participantId, producers: [{ mediaNodeId: sends ? NODE : 'node-2' }] });
    return { participantId, room, ended: false };
  }

  home() {
    return new Turns<ReturnType<Rooms['person']>>(NODE, this.clock, ({ participantId }) =>
      this.notified.push([participantId, this.clock.now()]),
    );
  }

  /** The participant no longer sends through the node. */
  through(roomId: string, participantId: string) {
    const { participants } = this.#rooms.get(roomId)!;
    participants.find(({ id }) => id === participantId)!.producers = [{ mediaNodeId: 'node-2' }];
  }
}

test('one participant of a room at a time, across homes: the next one after the previous one has moved', async () => {
  const rooms = new Rooms();
  const [a, b, c] = ['a', 'b', 'c'].map((id) => rooms.person('room', id));
  const [one, two] = [rooms.home(), rooms.home()];
  one.begin([c!, a!]);
  two.begin([b!]);
  expect(rooms.notified).toEqual([['a', 0]]);
  await rooms.clock.advance(3000);
  rooms.through('room', 'a');
  await rooms.clock.advance(1000);
  expect(rooms.notified.slice(1)).toEqual([['b', 3200]]);
  rooms.through('room', 'b');
  await rooms.clock.advance(1000);
  expect(rooms.notified.slice(2)).toEqual([['c', 4200]]);
});

test('a participant that does not move in time delays no other', async () => {
  const rooms = new Rooms();
  const home = rooms.home();
  home.begin(['a', 'b', 'c'].map((id) => rooms.person('room', id)));
  await rooms.clock.advance(8000);
  expect(rooms.notified).toEqual([
    ['a', 0],
    ['b', 8000],
  ]);
  // One has moved now: the time of the other two counts, not that of the third.
  rooms.through('room', 'a');
  await rooms.clock.advance(7800);
  expect(rooms.notified).toHaveLength(2);
  await rooms.clock.advance(200);
  expect(rooms.notified.at(-1)).toEqual(['c', 16_000]);
});

test('many participants of a room are notified within half a minute, even if none of them moves', async () => {
  const rooms = new Rooms();
  rooms.home().begin([...Array(200).keys()].map((number) => rooms.person('room', `p${number}`)));
  expect(rooms.notified).toHaveLength(1);
  await rooms.clock.advance(15_000);
  expect(rooms.notified.length).toBeGreaterThan(90);
  expect(rooms.notified.length).toBeLessThan(110);
  await rooms.clock.advance(15_000);
  expect(rooms.notified).toHaveLength(200);
});

test('many rooms begin within ten seconds, few of them together', async () => {
  const rooms = new Rooms();
  rooms.home().begin([...Array(1000).keys()].map((number) => rooms.person(`room ${number}`, `p${number}`)));
  expect(rooms.notified).toHaveLength(1);
  await rooms.clock.advance(5000);
  expect(rooms.notified.length).toBeGreaterThan(450);
  expect(rooms.notified.length).toBeLessThan(550);
  await rooms.clock.advance(5000);
  expect(rooms.notified).toHaveLength(1000);
});

test('a participant that sends nothing through the node does not wait', async () => {
  const rooms = new Rooms();
  rooms.home().begin([rooms.person('room', 'a'), rooms.person('room', 'b', false)]);
  expect(rooms.notified.map(([id]) => id).sort()).toEqual(['a', 'b']);
});

test('a participant from another home waits for its turn, and gets it once', async () => {
  const rooms = new Rooms();
  const [a, b] = ['a', 'b'].map((id) => rooms.person('room', id));
  const home = rooms.home();
  home.begin([a!]);
  expect(home.add(b!)).toBe(true);
  await rooms.clock.advance(1000);
  expect(rooms.notified).toEqual([['a', 0]]);
  rooms.through('room', 'a');
  await rooms.clock.advance(1000);
  expect(rooms.notified.at(-1)?.[0]).toBe('b');
  // Its socket was lost meanwhile: it is notified of the current state at once.
  expect(home.add(b!)).toBe(false);
});

test('a participant that has left is not notified, and none is after the end', async () => {
  const rooms = new Rooms();
  const home = rooms.home();
  const [a, b, c] = ['a', 'b', 'c'].map((id) => rooms.person('room', id));
  home.begin([a!, b!, c!]);
  b!.ended = true;
  rooms.through('room', 'a');
  rooms.through('room', 'b');
  await rooms.clock.advance(200);
  expect(rooms.notified.map(([id]) => id)).toEqual(['a', 'c']);
  const late = rooms.person('room', 'd');
  home.add(late);
  home.stop();
  await rooms.clock.advance(60_000);
  expect(rooms.notified).toHaveLength(2);
});
