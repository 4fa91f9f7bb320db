import type { RoomEvent } from '@waterbus/protocol';
import type { Socket } from 'socket.io';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Participant, Signalling } from '../../test/system/signalling.js';
import { RoomEvents } from '../rooms/room-events.js';
import { SharedEvent } from '../rooms/shared-event.js';
import { EventFrames } from './event-frames.js';

let signalling: Signalling;
beforeEach(() => {
  signalling = new Signalling();
});
afterEach(() => signalling.close());

test('writes one frame for each event, of any length, and encodes each batch once', () => {
  const frames = new EventFrames();
  const written: { text: string; frame: Buffer }[] = [];
  const write = (text: string, options: { wsPreEncodedFrame: [Buffer] }) =>
    written.push({ text, frame: options.wsPreEncodedFrame[0] });
  const socket = { conn: { write } } as unknown as Socket;
  const events = [1, 200, 70_000].map((length, index) => named('x'.repeat(length), index + 1));
  const batch = new RoomEvents(events);
  for (const first of [0, 0, 1]) frames.emitRoom(socket, batch, first);
  const [all, again, later] = written;
  expect(again!.frame).toBe(all!.frame);
  expect(messages(all!.frame)).toEqual(events.map((event) => `42${JSON.stringify(['room', event])}`));
  expect(messages(later!.frame)).toEqual(messages(all!.frame).slice(1));
  expect(all!.text.length).toBeGreaterThan(70_000);
});

test('encodes an event of many sockets once', () => {
  const frames = new EventFrames();
  const written: Buffer[] = [];
  const write = (_: string, options: { wsPreEncodedFrame: [Buffer] }) => written.push(options.wsPreEncodedFrame[0]);
  const socket = { conn: { write } } as unknown as Socket;
  const shared = new SharedEvent('activeSpeakers', { speakers: [] });
  for (let n = 0; n < 2; n += 1) frames.emitShared(socket, shared);
  expect(written[1]).toBe(written[0]);
  expect(messages(written[0]!)).toEqual(['42["activeSpeakers",{"speakers":[]}]']);
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
