import { breakoutRoomId, PROTOCOL_VERSION, type RoomEvent } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { ALL_GRANTS, type Participant } from '../../test/system/signalling.js';

useSignalling();

const BREAKOUT = '0123456789ab';
const roomId = breakoutRoomId('room-1', BREAKOUT);

const meetingEvents = ({ client }: Participant) =>
  client.events.filter(({ name }) => name === 'meeting').map(({ event }) => (event as { type: string }).type);

test('a participant goes to a breakout room, on its own node or another one, and back', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  for (const node of [one, two]) {
    // It is in both rooms until it leaves the former one.
    const there = await signalling.join(node, { sub: ada.id, roomId });
    expect(there.room.participants.map(({ id }) => id)).toEqual([ada.id]);
    expect(ben.other(ada.id)).toBeDefined();
    // Each of the two ends and is commanded by itself.
    await signalling.command({ type: 'lower-hand', roomId, participantId: ada.id });
    await there.client.ok('leave', {});
    expect(await signalling.root.rooms.home(roomId, ada.id)).toBeUndefined();
    await ada.client.ok('sync', {});
  }
  const there = await signalling.join(one, { sub: ada.id, roomId });
  await ada.client.ok('leave', {});
  await ben.until(() => ben.other(ada.id) === undefined);
  await there.client.ok('hand.raise', {});
  const elsewhere = await signalling.resume(two, there);
  expect(elsewhere.room).toMatchObject({ roomId, participants: [{ id: ada.id }] });
  const back = await signalling.join(one, { sub: ada.id });
  expect(back.room.participants.map(({ id }) => id)).toEqual([ben.id, ada.id]);
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test('a removal from a breakout room holds for that room alone', async () => {
  const { one, two, ada } = await signalling.twoHomes();
  const there = await signalling.join(one, { sub: ada.id, roomId });
  await signalling.command({ type: 'remove', roomId, participantId: ada.id, reason: 'room-closed' });
  expect(await signalling.refusedResume(one, there)).toBe('session.expired');
  const again = await signalling.resume(one, ada);
  expect(again.id).toBe(ada.id);
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test('a straggler of a closed breakout room may join anew, with a socket or without', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  const there = await signalling.join(one, { sub: ada.id, roomId });
  const away = await signalling.join(two, { sub: ben.id, roomId });
  away.client.socket.disconnect();
  const remove = (participantId: string) =>
    signalling.command({ type: 'remove', roomId, participantId, reason: 'room-closed', returns: true });
  for (const { id } of [there, away]) await remove(id);
  expect(await there.client.event('ended')).toEqual({ reason: 'expired' });
  const client = signalling.client(two);
  const { resumeToken } = away.joined;
  expect(await client.refused('resume', { resumeToken, protocolVersion: PROTOCOL_VERSION })).toBe('session.expired');
  expect(client.events.map(({ name }) => name)).not.toContain('ended');
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test('events of the meeting reach all its rooms: assignments only whom they concern', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  const there = await signalling.join(two, { roomId, name: 'Cleo' });
  const moderator = await signalling.join(one, { roomId, grants: { ...ALL_GRANTS, moderate: true } });
  const stranger = await signalling.join(one, { roomId: 'room-2' });
  await signalling.publishMeetingEvent({ type: 'breakouts.assigned', assignments: { [ada.id]: BREAKOUT } });
  const help = { id: crypto.randomUUID(), participantId: ada.id, name: 'Ada', breakoutId: BREAKOUT };
  await signalling.publishMeetingEvent({ type: 'breakouts.help', ...help });
  await signalling.publishMeetingEvent({ type: 'breakouts.changed', breakouts: null });
  const last = 'breakouts.changed';
  for (const who of [ada, ben, there, moderator]) await who.until(() => meetingEvents(who).includes(last));
  expect(meetingEvents(ada)).toEqual(['breakouts.assigned', last]);
  for (const who of [ben, there]) expect(meetingEvents(who)).toEqual([last]);
  expect(meetingEvents(moderator)).toEqual(['breakouts.assigned', 'breakouts.help', last]);
  expect(meetingEvents(stranger)).toEqual([]);
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test('a page of a version before breakout rooms sees others leave and come back, and stays itself', async () => {
  const { one, two, ada, ben: old } = await signalling.twoHomes();
  const first = old.joined.room.version;
  const opened = { rooms: [{ id: BREAKOUT, name: 'One' }], choice: true, openedAt: NOW, endsAt: null, now: NOW };
  await signalling.publishMeetingEvent({ type: 'breakouts.changed', breakouts: opened });
  await signalling.publishMeetingEvent({ type: 'breakouts.assigned', assignments: { [old.id]: BREAKOUT } });
  const there = await signalling.join(two, { sub: ada.id, roomId });
  await ada.client.ok('leave', {});
  await old.until(() => old.other(ada.id) === undefined);
  await there.client.ok('hand.raise', {});
  await signalling.publishMeetingEvent({
    type: 'breakouts.message',
    id: crypto.randomUUID(),
    name: 'Host',
    text: 'Hi',
  });
  await signalling.publishMeetingEvent({ type: 'breakouts.changed', breakouts: null });
  await signalling.join(one, { sub: ada.id });
  await there.client.ok('leave', {});
  await old.until(() => old.other(ada.id) !== undefined);
  await signalling.publishMeetingEvent({ type: 'members.changed' });
  await signalling.publishMeetingEvent({ type: 'poll.deleted', pollId: crypto.randomUUID() });
  await old.until(() => meetingEvents(old).includes('poll.deleted'));

  // What its schemas do not know, it drops: these events alone, and never one of its room (R1).
  const understood = old.client.events.filter(
    ({ name, event }) => name !== 'meeting' || !(event as { type: string }).type.startsWith('breakouts.'),
  );
  const room = understood.filter(({ name }) => name === 'room').map(({ event }) => event as RoomEvent);
  expect(room.map(({ roomId: of }) => of)).toEqual(room.map(() => 'room-1'));
  expect(room.map(({ version }) => version)).toEqual(room.map((_, index) => room[0]!.version + index));
  expect(room[0]!.version).toBeLessThanOrEqual(first + 1);
  expect(room.map(({ change }) => change.type).slice(-2)).toEqual(['participant.left', 'participant.joined']);
  expect(understood.filter(({ name }) => name === 'meeting').map(({ event }) => event)).toMatchObject([
    { type: 'poll.deleted' },
  ]);
  const names = new Set(understood.map(({ name }) => name));
  for (const name of ['ended', 'moving']) expect(names).not.toContain(name);
  expect((await old.client.ok('sync', {})).room.participants.map(({ id }) => id)).toEqual([old.id, ada.id]);
  expect([...one.errors, ...two.errors]).toEqual([]);
});

const NOW = '2026-11-22T12:00:00.000Z';
