import { randomUUID } from 'node:crypto';
import {
  type BreakoutPeople,
  type Breakouts,
  breakoutOfRoom,
  breakoutRoomId,
  type EnteredBreakout,
  type MeetingEvent,
  meetingTopic,
  RESUME_TOKEN_AUDIENCE,
  ROOM_RECORDS_STREAM,
  type RoomCommand,
} from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import { decodeJwt, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Asker,
  type Caller,
  hostTokenAsker,
  newCaller,
  newMeeting,
  newMember,
  newPerson,
} from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, secret, startServer } from '../../test/server.js';
import { admissions, auditEvents, breakouts, type MeetingRow, participants } from '../database/schema.js';
import { LiveCalls } from '../live/live-calls.js';
import { endDueRooms, LEAVING_TIME } from './closing.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const ask = (asker: Asker, method: Method, url: string, payload?: object) =>
  server.api.fastify.inject({
    method,
    url: `/v1/meetings/${url}`,
    headers: asker.headers,
    remoteAddress: newAddress(),
    ...(payload && { payload }),
  });

const enter = (asker: Asker, { code }: MeetingRow, breakoutId: string | null, more: object = {}) =>
  ask(asker, 'POST', `${code}/breakouts/enter`, { breakoutId, ...more });

const peopleOf = async (asker: Asker, { code }: MeetingRow): Promise<BreakoutPeople> =>
  (await ask(asker, 'GET', `${code}/breakouts`)).json();

/** A meeting whose call a host, a moderator and two guests have joined, and its events. */
async function scene() {
  const meeting = await newMeeting(server, await newPerson(server));
  const host = await newCaller(server, meeting, { role: 'host', name: 'Host' });
  const moderator = await newCaller(server, meeting, { role: 'moderator', name: 'Moderator' });
  const ada = await newCaller(server, meeting, { name: 'Ada' });
  const ben = await newCaller(server, meeting, { name: 'Ben', network: '203.0.113.78' });
  const events: MeetingEvent[] = [];
  await server.cluster.bus.subscribe(meetingTopic(meeting.id), (event) => events.push(event as MeetingEvent));
  return { meeting, host, moderator, ada, ben, events };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Two rooms; Ada belongs to the first one. */
async function open({ meeting, host, ada }: Scene, more: object = {}): Promise<Breakouts['rooms']> {
  const rooms = [{ name: 'One', participantIds: [ada.participantId] }, { name: 'Two' }];
  const response = await ask(host, 'POST', `${meeting.code}/breakouts`, { rooms, ...more });
  expect(response.statusCode).toBe(201);
  return response.json().breakouts.rooms;
}

/** Joins the room of a token as Server WS would, and leaves the room before. */
async function arrive(caller: Caller, answer: { json(): EnteredBreakout }, meeting: MeetingRow): Promise<Caller> {
  const claims = decodeJwt(answer.json().token) as { roomId: string; sub: string; name: string; role: 'guest' };
  const { roomId, sub: id, name, role } = claims;
  const { rooms, bus } = server.cluster;
  const nodeId = `ws-${randomUUID().slice(0, 8)}`;
  const home = await rooms.claimHome(roomId, id, nodeId);
  const now = server.clock.date();
  const participant = { id, name, role, joinedAt: now, connection: 'connected' as const, producers: [] };
  await rooms.apply(roomId, { type: 'participant.joined', participant }, home);
  const commands: RoomCommand[] = [];
  await bus.serve(nodeId, async (_, body) => {
    const command = body as RoomCommand;
    commands.push(command);
    if (command.type === 'remove') {
      await rooms.apply(roomId, { type: 'participant.left', participantId: id, reason: command.reason }, home);
    }
    return {};
  });
  const before = decodeJwt(caller.headers.authorization?.slice(7) ?? '').roomId as string;
  const former = await rooms.home(before, id);
  if (former) await rooms.apply(before, { type: 'participant.left', participantId: id, reason: 'left' }, former);
  const resume = { ...decodeJwt(answer.json().token), aud: RESUME_TOKEN_AUDIENCE, meetingCode: meeting.code };
  const token = await new SignJWT({ ...resume, exp: Math.floor(now / 1000) + 86_400 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
  return { participantId: id, commands, headers: { authorization: `Bearer ${token}` } };
}

describe('breakout rooms', () => {
  it('are opened with names, assignments and an end, and closed once', async () => {
    const here = await scene();
    const { meeting, host, moderator, ada, ben, events } = here;
    const rooms = await open(here, { endsIn: 600 });
    const endsAt = new Date(server.clock.date() + 600_000).toISOString();
    expect(events).toEqual([
      { type: 'breakouts.changed', breakouts: expect.objectContaining({ rooms, choice: false, endsAt }) },
      { type: 'breakouts.assigned', assignments: { [ada.participantId]: rooms[0]?.id } },
    ]);
    expectProblem(
      await ask(host, 'POST', `${meeting.code}/breakouts`, { rooms: [{ name: 'A' }, { name: 'B' }] }),
      'breakout.open',
    );
    const adaThere = await arrive(ada, await enter(ada, meeting, rooms[0]?.id ?? ''), meeting);
    expect(events.splice(0).at(-1)).toEqual({
      type: 'breakouts.moved',
      participantId: ada.participantId,
      breakoutId: rooms[0]?.id,
    });
    expect(await peopleOf(moderator, meeting)).toMatchObject({
      main: [{ name: 'Host', assigned: null }, { name: 'Moderator' }, { name: 'Ben', assigned: null }],
      rooms: [{ people: [{ id: ada.participantId, name: 'Ada', assigned: rooms[0]?.id }] }, { people: [] }],
    });
    const asGuest = await peopleOf(adaThere, meeting);
    expect(asGuest.assigned).toBe(rooms[0]?.id);
    expect(JSON.stringify([asGuest.main, asGuest.rooms])).not.toContain('assigned');

    const assignments = { [ben.participantId]: rooms[1]?.id, [ada.participantId]: null };
    expect((await ask(host, 'PUT', `${meeting.code}/breakouts/assignments`, { assignments })).statusCode).toBe(204);
    expect(events.splice(0)).toEqual([{ type: 'breakouts.assigned', assignments }]);
    expect((await ask(adaThere, 'POST', `${meeting.code}/breakouts/help`)).statusCode).toBe(204);
    await ask(moderator, 'POST', `${meeting.code}/breakouts/messages`, { text: 'Ten more minutes' });
    expect(events.splice(0)).toMatchObject([
      { type: 'breakouts.help', participantId: ada.participantId, name: 'Ada', breakoutId: rooms[0]?.id },
      { type: 'breakouts.message', name: 'Moderator', text: 'Ten more minutes' },
    ]);
    for (let n = 0; n < 2; n += 1) {
      expect((await ask(host, 'DELETE', `${meeting.code}/breakouts`)).statusCode).toBe(204);
    }
    expect(events).toEqual([{ type: 'breakouts.changed', breakouts: null }]);
    const back = await arrive(adaThere, await enter(adaThere, meeting, null), meeting);
    expect((await peopleOf(back, meeting)).main.map(({ name }) => name).sort()).toEqual([
      'Ada',
      'Ben',
      'Host',
      'Moderator',
    ]);
  });

  it('admit nobody but moderators, those assigned, and, if all may choose, everybody', async () => {
    const here = await scene();
    const { meeting, host, moderator, ada, ben } = here;
    const other = await scene();
    const [[one, two], [elsewhere]] = [await open(here), await open(other)];
    if (!one || !two || !elsewhere) throw new Error('no rooms');
    const member = await newPerson(server);
    await newMember(server, meeting, member, 'moderator');
    const attempts: [string, Asker, string | null, string][] = [
      ['assigned', ada, one.id, ''],
      ['assigned to another one', ada, two.id, 'permission.denied'],
      ['not assigned', ben, one.id, 'permission.denied'],
      ['moderator', moderator, two.id, ''],
      ['host', host, one.id, ''],
      ['a room that does not exist', moderator, 'aaaaaaaaaaaa', 'breakout.not_found'],
      ['a room of another meeting', host, elsewhere.id, 'breakout.not_found'],
      ['a participant of another meeting', other.host, one.id, 'meeting.not_found'],
      ['a user without a place in the call', member, one.id, 'session.not_joined'],
      ['the host token', hostTokenAsker(meeting), one.id, 'permission.denied'],
      ['the main room', ben, null, ''],
    ];
    for (const [name, asker, breakoutId, code] of attempts) {
      const response = await enter(asker, meeting, breakoutId);
      expect({ name, code: response.statusCode === 200 ? '' : response.json().code }).toEqual({ name, code });
      if (response.statusCode === 200) {
        const { roomId, sub } = decodeJwt(response.json().token);
        expect(breakoutOfRoom(String(roomId)) ?? null).toBe(breakoutId);
        expect(sub).toBe((asker as Caller).participantId);
      }
    }
    await ask(host, 'PATCH', `${meeting.code}/breakouts`, { choice: true });
    expect((await enter(ben, meeting, two.id)).statusCode).toBe(200);
    await server.queries.update(admissions).set({ state: 'removed' }).where(eq(admissions.id, ada.participantId));
    expectProblem(await enter(ada, meeting, one.id), 'token.invalid');
    await ask(host, 'DELETE', `${meeting.code}/breakouts`);
    expectProblem(await enter(moderator, meeting, one.id), 'breakout.not_found');
    for (const [asker, method, url, body] of [
      [ben, 'POST', 'breakouts', { rooms: [{ name: 'A' }, { name: 'B' }] }],
      [ben, 'PATCH', 'breakouts', { endsIn: 60 }],
      [ben, 'DELETE', 'breakouts', undefined],
      [ben, 'PUT', 'breakouts/assignments', { assignments: {} }],
      [ben, 'POST', 'breakouts/messages', { text: 'Hello' }],
    ] as const) {
      expectProblem(await ask(asker, method, `${meeting.code}/${url}`, body), 'permission.denied');
    }
  });

  it('use up the earlier token of a participant', async () => {
    const here = await scene();
    const [one] = await open(here);
    const first = decodeJwt((await enter(here.ada, here.meeting, one?.id ?? '')).json().token);
    await enter(here.ada, here.meeting, null);
    expect(await server.cluster.tokens.use(String(first.jti), Number(first.exp) * 1000)).toBe(false);
  });

  it('end in time, announced once by all servers together, and are left by everybody', async () => {
    const here = await scene();
    const { meeting, host, ada, events } = here;
    const [one] = await open(here, { endsIn: 60 });
    const there = await arrive(ada, await enter(ada, meeting, one?.id ?? ''), meeting);
    const { log } = server.api.fastify;
    const parts = { ...server, log, live: new LiveCalls({ ...server, log }) };
    await server.clock.advance(59_000);
    events.splice(0);
    await Promise.all([endDueRooms(parts), endDueRooms(parts)]);
    expect(events).toEqual([]);
    await server.clock.advance(1000);
    await Promise.all([endDueRooms(parts), endDueRooms(parts)]);
    await expect.poll(() => events).toEqual([{ type: 'breakouts.changed', breakouts: null }]);
    expect(there.commands).toEqual([]);
    const closed = and(eq(auditEvents.meetingId, meeting.id), eq(auditEvents.action, 'breakouts.closed'));
    expect(await server.queries.select().from(auditEvents).where(closed)).toMatchObject([
      { actorKind: 'server', details: { because: 'time' } },
    ]);
    // Other rooms can be opened at once; who is still in the former ones is removed from them.
    await server.clock.advance(LEAVING_TIME);
    await Promise.all([endDueRooms(parts), endDueRooms(parts)]);
    expect(there.commands[0]).toMatchObject({ type: 'remove', reason: 'room-closed', returns: true });
    expect(await server.queries.select().from(breakouts).where(eq(breakouts.meetingId, meeting.id))).toEqual([]);
    await open(here);
    expect((await ask(host, 'DELETE', `${meeting.code}/breakouts`)).statusCode).toBe(204);
  });

  it('obey moderation, bans and the end of the call as the main room does', async () => {
    const here = await scene();
    const { meeting, host, ada, ben } = here;
    const [one, two] = await open(here);
    const assignments = { [ben.participantId]: two?.id };
    await ask(host, 'PUT', `${meeting.code}/breakouts/assignments`, { assignments });
    const adaThere = await arrive(ada, await enter(ada, meeting, one?.id ?? ''), meeting);
    const benThere = await arrive(ben, await enter(ben, meeting, two?.id ?? ''), meeting);
    const act = (id: string, what: string) => ask(host, 'POST', `${meeting.code}/participants/${id}/${what}`);
    expect((await act(ada.participantId, 'mute')).statusCode).toBe(204);
    expect((await act(ada.participantId, 'ban')).statusCode).toBe(201);
    expect(adaThere.commands.map(({ type }) => type)).toEqual(['mute', 'remove']);
    expectProblem(await enter(adaThere, meeting, null), 'token.invalid');
    const listed = (await ask(host, 'GET', `${meeting.code}/participants`)).json().items;
    expect(listed.map(({ id }: { id: string }) => id)).toContain(ben.participantId);
    // No join token is awaited any more.
    await server.clock.advance(140_000);
    await ask(hostTokenAsker(meeting), 'POST', `${meeting.code}/archive`);
    expect(benThere.commands).toMatchObject([{ type: 'remove', reason: 'room-closed' }]);
    expect(benThere.commands[0]).not.toHaveProperty('returns');
  });

  it('take back who reloads the page, and nobody else', async () => {
    const here = await scene();
    const { meeting, ada, host } = here;
    const [one] = await open(here);
    const { breakoutToken } = (await enter(ada, meeting, one?.id ?? '')).json();
    const join = async (payload: object) => {
      const response = await ask({ headers: {} }, 'POST', `${meeting.code}/join`, { name: 'Ada', ...payload });
      expect(response.statusCode).toBe(200);
      return { ...response.json(), room: breakoutOfRoom(String(decodeJwt(response.json().token).roomId)) };
    };
    const late = await join({});
    expect(late.room).toBeUndefined();
    expect(late.breakouts.rooms).toHaveLength(2);
    const again = await join({ breakoutToken });
    expect(again.room).toBe(one?.id);
    expect(again.participantId).not.toBe(ada.participantId);
    const signedIn = await newPerson(server);
    const asOther = await ask(signedIn, 'POST', `${meeting.code}/join`, { name: 'Eve', breakoutToken });
    expect(decodeJwt(asOther.json().token).roomId).toBe(meeting.id);
    expect((await join({ breakoutToken: 'a.b.c' })).room).toBeUndefined();
    await ask(host, 'PUT', `${meeting.code}/breakouts/assignments`, { assignments: { [ada.participantId]: null } });
    expect((await join({ breakoutToken })).room).toBeUndefined();
  });

  it('receive the call that moves from another device there', async () => {
    const here = await scene();
    const { meeting, host } = here;
    const person = await newPerson(server);
    const laptop = await newCaller(server, meeting, { name: 'Zoe', userId: person.userId });
    const [, two] = await open(here, { choice: true });
    await arrive(laptop, await enter(laptop, meeting, two?.id ?? ''), meeting);
    const join = async () => {
      const replaces = [laptop.participantId];
      return (await ask(person, 'POST', `${meeting.code}/join`, { name: 'Zoe', replaces })).json();
    };
    expect(decodeJwt((await join()).token)).toMatchObject({
      roomId: breakoutRoomId(meeting.id, two?.id ?? ''),
      replaces: [laptop.participantId],
    });
    await ask(host, 'DELETE', `${meeting.code}/breakouts`);
    expect(decodeJwt((await join()).token)).toMatchObject({ roomId: meeting.id });
  });

  it('R12: a stay in them is one presence in the meeting', async () => {
    const here = await scene();
    const { meeting } = here;
    const [one] = await open(here);
    const roomId = breakoutRoomId(meeting.id, one?.id ?? '');
    const id = randomUUID();
    const at = (seconds: number) => Date.UTC(2026, 4, 1, 12, 0, seconds);
    const joined = (room: string, seconds: number) => ({
      type: 'participant.joined',
      roomId: room,
      participantId: id,
      name: 'Ada',
      role: 'guest',
      nodeId: 'ws-1',
      at: at(seconds),
    });
    const left = (room: string, seconds: number) => ({
      type: 'participant.left',
      roomId: room,
      participantId: id,
      reason: 'left',
      at: at(seconds),
    });
    const row = async () => (await server.queries.select().from(participants).where(eq(participants.id, id)))[0];
    const store = async (...records: object[]) => {
      for (const record of records) await server.cluster.streams.append(ROOM_RECORDS_STREAM, record);
      const last = randomUUID();
      await server.cluster.streams.append(ROOM_RECORDS_STREAM, { ...joined(meeting.id, 0), participantId: last });
      const found = () => server.queries.$count(participants, eq(participants.id, last));
      await expect.poll(found).toBe(1);
    };
    await store(joined(meeting.id, 1), joined(roomId, 2), joined(roomId, 2), left(meeting.id, 3));
    await store({ type: 'room.ended', roomId: meeting.id, at: at(3) });
    expect(await row()).toMatchObject({ leftAt: null, breakoutId: one?.id, joinedAt: new Date(at(1)) });
    // Back at once: the end of the first stay in the main room is stored late.
    await store(joined(meeting.id, 5), left(meeting.id, 4), left(roomId, 6), { type: 'room.ended', roomId, at: at(6) });
    expect(await row()).toMatchObject({ leftAt: null, breakoutId: null });
    await store(left(meeting.id, 9));
    expect(await row()).toMatchObject({ leftAt: new Date(at(9)), leaveReason: 'left' });
  });
});
