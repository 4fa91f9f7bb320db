import { randomUUID } from 'node:crypto';
import { type MeetingEvent, type Message, meetingEventSchema, messagesPageSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Asker,
  hostTokenAsker,
  newApiKey,
  newCaller,
  newMeeting,
  newMember,
  newPerson,
} from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { admissions, type MeetingRow, meetings, messages, participants, users } from '../database/schema.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

const ask = (asker: Asker, method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT', url: string, payload?: object) =>
  server.api.fastify.inject({
    method,
    url: `/v1/meetings/${url}`,
    headers: asker.headers,
    remoteAddress: newAddress(),
    ...(payload ? { payload } : {}),
  });

const send = (asker: Asker, meeting: MeetingRow, text: string, clientId: string = randomUUID()) =>
  ask(asker, 'POST', `${meeting.code}/messages`, { text, clientId });

async function sent(asker: Asker, meeting: MeetingRow, text: string): Promise<Message> {
  const response = await send(asker, meeting, text);
  expect(response.statusCode).toBe(201);
  return response.json().message;
}

async function read(asker: Asker, meeting: MeetingRow, query = '') {
  const response = await ask(asker, 'GET', `${meeting.code}/messages${query}`);
  expect(response.statusCode).toBe(200);
  const page = messagesPageSchema.parse(response.json());
  return { ...page, texts: page.items.map(({ text }) => text) };
}

async function scene(change: Partial<typeof meetings.$inferInsert> = {}) {
  const host = await newPerson(server, { name: 'Host' });
  const meeting = await newMeeting(server, host, change);
  const member = await newPerson(server, { name: 'Member', avatarId: 'picture-1' });
  await newMember(server, meeting, member);
  return { host, meeting, member };
}

/** The record of a Server WS, with its own clock. */
async function cameIn(id: string, { id: meetingId }: MeetingRow, at: number): Promise<void> {
  const participant = { id, meetingId, name: 'G', role: 'guest', nodeId: 'ws-1', joinedAt: new Date(at) } as const;
  await server.queries.insert(participants).values(participant);
}

async function eventsOf(meeting: MeetingRow): Promise<MeetingEvent[]> {
  const events: MeetingEvent[] = [];
  await server.cluster.bus.subscribe(`meeting.${meeting.id}`, (event) => events.push(meetingEventSchema.parse(event)));
  return events;
}

describe('sending', () => {
  it('R5: is announced once it is committed, with author and number', async () => {
    const { meeting, member } = await scene();
    const events = await eventsOf(meeting);
    const message = await sent(member, meeting, ' Hello\nthere ');
    expect(message).toMatchObject({
      seq: 1,
      text: 'Hello\nthere',
      author: { userId: member.userId, participantId: null, name: 'Member', avatarUrl: '/v1/avatars/picture-1' },
      editedAt: null,
      deletedAt: null,
    });
    expect(events).toEqual([{ type: 'message.created', message }]);
    expect((await read(member, meeting)).items).toEqual([message]);
  });

  it('a repetition with the same clientId is the same message, and announced once', async () => {
    const { meeting, member, host } = await scene();
    const events = await eventsOf(meeting);
    const clientId = randomUUID();
    const first = await send(member, meeting, 'once', clientId);
    const second = await send(member, meeting, 'once', clientId);
    expect([first.statusCode, second.statusCode]).toEqual([201, 200]);
    expect(second.json()).toEqual(first.json());
    expect((await send(host, meeting, 'mine', clientId)).json().message.seq).toBe(2);
    expect(events).toHaveLength(2);
    expect((await read(member, meeting)).lastSeq).toBe(2);
  });

  it('from within the call: a user is that user, a guest a participant', async () => {
    const { meeting, member } = await scene();
    const caller = await newCaller(server, meeting, { role: 'member', userId: member.userId, name: 'Other name' });
    const guest = await newCaller(server, meeting, { name: 'Guest' });
    expect((await sent(caller, meeting, 'a')).author).toMatchObject({ userId: member.userId, name: 'Member' });
    expect((await sent(guest, meeting, 'b')).author).toEqual({
      userId: null,
      participantId: guest.participantId,
      name: 'Guest',
      avatarUrl: null,
    });
  });

  it('R7: is permitted by the settings, and follows a change at once', async () => {
    const { meeting, host, member } = await scene();
    const guest = await newCaller(server, meeting);
    const set = (chat: 'members' | 'moderators') =>
      server.queries.update(meetings).set({ settings: { chat } }).where(eq(meetings.id, meeting.id));
    const mine = await sent(member, meeting, 'before');
    await set('members');
    expectProblem(await send(guest, meeting, 'x'), 'permission.denied');
    await sent(member, meeting, 'x');
    await set('moderators');
    expectProblem(await send(member, meeting, 'x'), 'permission.denied');
    const edit = await ask(member, 'PATCH', `${meeting.code}/messages/${mine.id}`, { text: 'x' });
    expectProblem(edit, 'permission.denied');
    await sent(host, meeting, 'x');
  });

  it('requires an author and an open meeting', async () => {
    const { meeting, host, member } = await scene();
    expectProblem(await send(hostTokenAsker(meeting), meeting, 'x'), 'permission.denied');
    expectProblem(await send(await newApiKey(server, host.userId), meeting, 'x'), 'permission.denied');
    expectProblem(await send(await newPerson(server), meeting, 'x'), 'meeting.not_found');
    expectProblem(await send(member, meeting, '  '), 'request.invalid');
    await server.queries
      .update(meetings)
      .set({ archivedAt: new Date(server.clock.date()) })
      .where(eq(meetings.id, meeting.id));
    expectProblem(await send(member, meeting, 'M4'), 'meeting.archived');
    expect((await read(member, meeting)).lastSeq).toBe(0);
  });

  it('is limited by sender, at any address', async () => {
    const { meeting, host, member } = await scene();
    const statuses: number[] = [];
    for (let count = 0; count < 61; count += 1) statuses.push((await send(member, meeting, 'flood')).statusCode);
    expect(statuses.filter((status) => status === 201)).toHaveLength(60);
    const refused = await send(member, meeting, 'flood');
    expectProblem(refused, 'request.rate_limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await sent(host, meeting, 'me not');
  });
});

describe('reading', () => {
  it('pages from the newest backwards, and from a number onwards', async () => {
    const { meeting, member } = await scene();
    for (const text of ['1', '2', '3', '4', '5']) await sent(member, meeting, text);
    expect(await read(member, meeting, '?limit=2')).toMatchObject({ texts: ['5', '4'], more: true, lastSeq: 5 });
    expect(await read(member, meeting, '?limit=2&before=2')).toMatchObject({ texts: ['1'], more: false });
    expect(await read(member, meeting, '?limit=2&after=2')).toMatchObject({ texts: ['3', '4'], more: true });
    expect(await read(member, meeting, '?after=3&before=5')).toMatchObject({ texts: ['4'], more: false });
    expect(await read(member, meeting, `?after=${Number.MAX_SAFE_INTEGER}`)).toMatchObject({ texts: [], more: false });
    expect(await read(member, meeting, `?before=${Number.MAX_SAFE_INTEGER}&limit=1`)).toMatchObject({ texts: ['5'] });
  });

  it('guests read messages sent since they joined, until they leave', async () => {
    const { meeting, host, member } = await scene();
    await sent(member, meeting, 'before');
    await server.clock.advance(1000);
    const guest = await newCaller(server, meeting);
    await sent(member, meeting, 'since');
    expect(await read(guest, meeting)).toMatchObject({ texts: ['since'], more: false });
    expect(await read(guest, meeting, '?after=0')).toMatchObject({ texts: ['since'], more: false });
    expect((await read(member, meeting)).texts).toEqual(['since', 'before']);
    await ask(host, 'POST', `${meeting.code}/participants/${guest.participantId}/kick`);
    expectProblem(await ask(guest, 'GET', `${meeting.code}/messages`), 'token.invalid');
    expectProblem(await send(guest, meeting, 'still here'), 'token.invalid');
  });

  it('a guest who waited does not read the messages of that time', async () => {
    const { meeting, member } = await scene();
    const guest = await newCaller(server, meeting);
    await server.clock.advance(1000);
    await sent(member, meeting, 'while waiting');
    await server.clock.advance(1000);
    await cameIn(guest.participantId, meeting, server.clock.date());
    await sent(member, meeting, 'since');
    expect((await read(guest, meeting)).texts).toEqual(['since']);
  });

  it('a guest reads from their own first message on, although the clock of their server is ahead', async () => {
    const { meeting, member } = await scene();
    const guest = await newCaller(server, meeting);
    await sent(member, meeting, 'before');
    await cameIn(guest.participantId, meeting, server.clock.date() + 2000);
    await sent(guest, meeting, 'mine');
    await sent(member, meeting, 'an answer');
    expect((await read(guest, meeting)).texts).toEqual(['an answer', 'mine']);
  });

  it('M4: an archived meeting stays readable to its members, only', async () => {
    const { meeting, member } = await scene();
    const guest = await newCaller(server, meeting);
    const message = await sent(member, meeting, 'kept');
    const archivedAt = new Date(server.clock.date());
    await server.queries.update(meetings).set({ archivedAt }).where(eq(meetings.id, meeting.id));
    expect((await read(member, meeting)).texts).toEqual(['kept']);
    expectProblem(await ask(guest, 'GET', `${meeting.code}/messages`), 'meeting.not_found');
    const url = `${meeting.code}/messages/${message.id}`;
    expectProblem(await ask(member, 'PATCH', url, { text: 'changed' }), 'meeting.archived');
  });

  it('shows the name at the time of sending when the account is deleted', async () => {
    const { meeting, host, member } = await scene();
    await sent(member, meeting, 'I was here');
    await server.queries.delete(users).where(eq(users.id, member.userId));
    expect((await read(host, meeting)).items[0]?.author).toEqual({
      userId: null,
      participantId: null,
      name: 'Member',
      avatarUrl: null,
    });
  });
});

describe('editing and deleting', () => {
  it('an author changes the own text, which is announced', async () => {
    const { meeting, member, host } = await scene();
    const message = await sent(member, meeting, 'tpyo');
    const events = await eventsOf(meeting);
    await server.clock.advance(1000);
    const url = `${meeting.code}/messages/${message.id}`;
    const edited = (await ask(member, 'PATCH', url, { text: 'typo' })).json().message;
    expect(edited).toEqual({ ...message, text: 'typo', editedAt: new Date(server.clock.date()).toISOString() });
    expect(events).toEqual([{ type: 'message.updated', message: edited }]);
    expectProblem(await ask(host, 'PATCH', url, { text: 'host' }), 'permission.denied');
    const other = await newMeeting(server, member);
    expectProblem(
      await ask(member, 'PATCH', `${other.code}/messages/${message.id}`, { text: 'x' }),
      'message.not_found',
    );
  });

  it('a deleted one stays without text, also in its row', async () => {
    const { meeting, member, host } = await scene();
    const [mine, theirs] = [await sent(member, meeting, 'secret one'), await sent(host, meeting, 'secret two')];
    const events = await eventsOf(meeting);
    const url = (message: Message) => `${meeting.code}/messages/${message.id}`;
    expectProblem(await ask(member, 'DELETE', url(theirs)), 'permission.denied');
    expect((await ask(member, 'DELETE', url(mine))).statusCode).toBe(204);
    expect((await ask(member, 'DELETE', url(mine))).statusCode).toBe(204);
    expect(events).toMatchObject([{ type: 'message.deleted', message: { id: mine.id, seq: 1, text: '' } }]);
    expect((await read(member, meeting)).items[1]).toMatchObject({ seq: 1, text: '', deletedAt: expect.any(String) });
    const [row] = await server.queries.select().from(messages).where(eq(messages.id, mine.id));
    expect(row?.text).toBe('');
    expectProblem(await ask(member, 'PATCH', url(mine), { text: 'back' }), 'message.not_found');
    expectProblem(await ask(member, 'DELETE', `${meeting.code}/messages/${randomUUID()}`), 'message.not_found');
  });

  it('host and moderators delete anybody’s, guests their own', async () => {
    const { meeting, member } = await scene();
    const moderator = await newPerson(server);
    await newMember(server, meeting, moderator, 'moderator');
    const guest = await newCaller(server, meeting);
    const [a, b] = [await sent(member, meeting, 'a'), await sent(guest, meeting, 'b')];
    expect((await ask(moderator, 'DELETE', `${meeting.code}/messages/${a.id}`)).statusCode).toBe(204);
    expect((await ask(guest, 'DELETE', `${meeting.code}/messages/${b.id}`)).statusCode).toBe(204);
  });
});

describe('unread counts', () => {
  it('go down as one reads or writes, never back, never beyond the last message', async () => {
    const { meeting, host, member } = await scene();
    for (const text of ['1', '2', '3']) await sent(host, meeting, text);
    const mark = async (seq: number) => (await ask(member, 'PUT', `${meeting.code}/read`, { seq })).json();
    expect(await mark(1)).toEqual({ unread: 2, mentions: 0, lastReadSeq: 1 });
    expect(await mark(0)).toEqual({ unread: 2, mentions: 0, lastReadSeq: 1 });
    expect(await mark(Number.MAX_SAFE_INTEGER)).toEqual({ unread: 0, mentions: 0, lastReadSeq: 3 });
    await sent(host, meeting, '4');
    expect(await mark(0)).toEqual({ unread: 1, mentions: 0, lastReadSeq: 3 });
    await sent(member, meeting, '5');
    expect(await mark(0)).toEqual({ unread: 0, mentions: 0, lastReadSeq: 5 });
  });

  it('are for members', async () => {
    const { meeting } = await scene();
    const guest = await newCaller(server, meeting);
    expectProblem(await ask(guest, 'PUT', `${meeting.code}/read`, { seq: 1 }), 'permission.denied');
    const [row] = await server.queries.select().from(admissions).where(eq(admissions.id, guest.participantId));
    expect(row?.state).toBe('admitted');
  });
});
