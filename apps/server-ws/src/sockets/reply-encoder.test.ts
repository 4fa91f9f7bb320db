import { JOINED_EVENT, type RoomParticipant, type RoomSnapshot } from '@waterbus/protocol';
import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser';
import { expect, test, vi } from 'vitest';
import { ReplyEncoder } from './reply-encoder.js';

const ada = person('ada', { avatarId: undefined });
const ben = person('ben "{}}]" \u2028 ü 😀');
const room: RoomSnapshot = { roomId: 'room', version: 3, participants: [ada, ben], observers: ['cid'] };
const empty: RoomSnapshot = { roomId: 'room', version: 0, participants: [] };

test.each([
  ['the reply to a join', event(JOINED_EVENT, { ok: true, data: { room, resumeToken: 'token', graceTime: 1 } })],
  ['an acknowledgement', acknowledgement({ ok: true, data: { graceTime: 1, room } })],
  ['an acknowledgement that holds only a room', acknowledgement({ ok: true, data: { room } })],
  ['an empty room', acknowledgement({ ok: true, data: { room: empty } })],
  ['a reply without a room', acknowledgement({ ok: true, data: { producerId: 'one' } })],
  ['an empty reply', acknowledgement({ ok: true, data: {} })],
  ['a refusal', acknowledgement({ ok: false, error: { code: 'session.expired' } })],
  ['an event with a room that is no reply', event('meeting', { type: 'room', room: { name: 'Blue' } })],
  ['an event without data', event('meeting')],
  ['the connect packet', { type: PacketType.CONNECT, nsp: '/', data: { sid: 'socket' } }],
  ['a disconnection', { type: PacketType.DISCONNECT, nsp: '/' }],
])('encodes %s as Socket.IO does', (_, packet) => {
  const decoded = decode(new ReplyEncoder().encode(packet));
  expect(decoded).toEqual(decode(new Encoder().encode(packet)));
});

test('encodes each participant once, also in later versions of the room', () => {
  const encoder = new ReplyEncoder();
  const stringify = vi.spyOn(JSON, 'stringify');
  const encoded = () => stringify.mock.calls.flatMap(([value]) => (value === ada || value === ben ? [value] : []));
  for (const version of [3, 3, 4]) {
    const later = version === room.version ? room : { ...room, version };
    encoder.encode(acknowledgement({ ok: true, data: { room: later } }));
  }
  expect(encoded()).toEqual([ada, ben]);
  const changed = { ...ben, name: 'Ben' };
  const after = acknowledgement({ ok: true, data: { room: { ...room, version: 5, participants: [ada, changed] } } });
  expect(decode(encoder.encode(after))).toEqual(decode(new Encoder().encode(after)));
  expect(encoded()).toEqual([ada, ben]);
  stringify.mockRestore();
});

function event(name: string, ...data: unknown[]): Packet {
  return { type: PacketType.EVENT, nsp: '/', data: [name, ...data] };
}

function acknowledgement(reply: unknown): Packet {
  return { type: PacketType.ACK, nsp: '/', id: 7, data: [reply] };
}

function decode(encoded: unknown[]): Packet {
  const decoder = new Decoder();
  const packets: Packet[] = [];
  decoder.on('decoded', (packet) => packets.push(packet));
  for (const part of encoded) decoder.add(part);
  expect(packets).toHaveLength(1);
  return packets[0]!;
}

function person(id: string, more: object = {}): RoomParticipant {
  return { id, name: id, role: 'guest', joinedAt: 1, connection: 'connected', producers: [], ...more };
}
