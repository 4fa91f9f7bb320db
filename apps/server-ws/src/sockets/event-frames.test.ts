import type { RoomEvent } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import type { Participant } from '../../test/system/signalling.js';
import { RoomEvents } from '../rooms/room-events.js';
import { SharedEvent } from '../rooms/shared-event.js';
import { EventFrames } from './event-frames.js';

useSignalling();

test('makes one frame of each event, of any length, and encodes each batch once', () => {
  const frames = new EventFrames();
  const events = [1, 200, 70_000].map((length, index) => named('x'.repeat(length), index + 1));
  const batch = new RoomEvents(events);
  const [all, again, later] = [0, 0, 1].map((first) => frames.room(batch, first));
  expect(again).toBe(all);
  expect(messages(all!.frames)).toEqual(events.map((event) => `42${JSON.stringify(['room', event])}`));
  expect(messages(later!.frames)).toEqual(messages(all!.frames).slice(1));
  expect(all!.text.length).toBeGreaterThan(70_000);
});

test('encodes an event of many sockets once', () => {
  const frames = new EventFrames();
  const shared = new SharedEvent('activeSpeakers', { speakers: [] });
  expect(frames.shared(shared)).toBe(frames.shared(shared));
  expect(messages(frames.shared(shared).frames)).toEqual(['42["activeSpeakers",{"speakers":[]}]']);
});

test('R1: every client of a large room receives each change once, in order', async () => {
  const node = await signalling.node();
  const people: Participant[] = [];
  while (people.length < 51) people.push(await signalling.join(node, { name: `Person ${people.length}` }));
  const crowd = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => signalling.join(node, { name: `Newcomer ${n}` })));
  await crowd[0]!.client.ok('leave', {});
  await signalling.clock.advance(100);
  const present = [...people, ...crowd.slice(1)];
  const room = await signalling.root.rooms.snapshot('room-1');
  for (const person of present) await person.until(() => person.room.version === room!.version);
  for (const person of present) expect(person.room).toEqual(room);
  expect(node.errors).toEqual([]);
});

function named(name: string, version: number): RoomEvent {
  const change = { type: 'participant.updated' as const, participantId: 'a', name };
  return { roomId: 'room', version, change };
}

/** The texts of unmasked, final text frames. */
function messages(data: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < data.length; ) {
    expect(data[at]).toBe(0x81);
    const short = data[at + 1]!;
    const [header, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, data.readUInt16BE(at + 2)]
          : [10, Number(data.readBigUInt64BE(at + 2))];
    texts.push(data.toString('utf8', at + header, at + header + length));
    at += header + length;
  }
  return texts;
}
