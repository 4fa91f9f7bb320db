import { randomUUID } from 'node:crypto';
import { type MeetingEvent, type Message, MOST_NAMED, meetingEventSchema, messageSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newCaller, newMeeting, newMember, newPerson } from '../../test/people.js';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { type MeetingRow, meetings, members, messageMentions, messageReactions } from '../database/schema.js';

describe.each(['PGlite', 'PostgreSQL'])('mentions, replies and reactions on %s', (database) => {
  let postgres: PostgresUnderTest | undefined;
  let server: ServerUnderTest;
  beforeAll(async () => {
    postgres = database === 'PostgreSQL' ? await startPostgres() : undefined;
    server = await startServer(postgres ? { databaseUrl: await postgres.newDatabase() } : {});
  }, STARTING);
  afterAll(async () => {
    await server.close();
    await postgres?.close();
  });

  const ask = (asker: Asker, method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT', url: string, payload?: object) =>
    server.api.fastify.inject({
      method,
      url: `/v1/meetings${url && `/${url}`}`,
      headers: asker.headers,
      remoteAddress: newAddress(),
      ...(payload ? { payload } : {}),
    });
  const send = (asker: Asker, { code }: MeetingRow, more: object = {}) =>
    ask(asker, 'POST', `${code}/messages`, { text: 'Hello', clientId: randomUUID(), ...more });
  const sent = async (...of: Parameters<typeof send>): Promise<Message> => (await send(...of)).json().message;
  const react = (
    asker: Asker,
    { code }: MeetingRow,
    { id }: Message,
    emoji: string,
    method: 'PUT' | 'DELETE' = 'PUT',
  ) => ask(asker, method, `${code}/messages/${id}/reactions/${encodeURIComponent(emoji)}`);
  const listed = async (asker: Asker, { code }: MeetingRow): Promise<Message[]> =>
    (await ask(asker, 'GET', `${code}/messages`)).json().items;

  async function scene() {
    const host = await newPerson(server, { name: 'Host' });
    const meeting = await newMeeting(server, host);
    const member = await newPerson(server, { name: 'Member' });
    await newMember(server, meeting, member);
    const events: MeetingEvent[] = [];
    await server.cluster.bus.subscribe(`meeting.${meeting.id}`, (one) => events.push(meetingEventSchema.parse(one)));
    return { host, meeting, member, events };
  }

  it('mentions members and participants of this meeting, each once, under their own names', async () => {
    const { host, meeting, member, events } = await scene();
    const guest = await newCaller(server, meeting, { name: 'Guest' });
    const caller = await newCaller(server, meeting, { name: 'In call', role: 'member', userId: member.userId });
    const stranger = await newPerson(server);
    const elsewhere = await newCaller(server, await newMeeting(server));
    const mentions = [
      ...[guest, caller, elsewhere].map(({ participantId }) => ({ participantId })),
      ...[member, host, stranger].map(({ userId }) => ({ userId })),
    ];
    const message = await sent(host, meeting, { mentions });
    expect(message.mentions).toEqual(
      expect.arrayContaining([
        { userId: null, participantId: guest.participantId, name: 'Guest' },
        { userId: member.userId, participantId: caller.participantId, name: 'In call' },
        { userId: host.userId, participantId: null, name: 'Host' },
      ]),
    );
    expect(message.mentions).toHaveLength(3);
    expect(events).toEqual([{ type: 'message.created', message }]);
    expect(await listed(member, meeting)).toEqual([message]);
    const repeated = await send(host, meeting, { mentions: [], clientId: message.clientId });
    expect([repeated.statusCode, repeated.json().message]).toEqual([200, message]);
    const many = Array.from({ length: 21 }, () => ({ userId: randomUUID() }));
    expectProblem(await send(host, meeting, { mentions: many }), 'request.invalid');
  });

  it('answers a message that is there and that the sender may read', async () => {
    const { meeting, member } = await scene();
    const first = await sent(member, meeting);
    await server.clock.advance(1000);
    const guest = await newCaller(server, meeting);
    const reply = await sent(member, meeting, { replyTo: first.seq });
    expect(reply).toMatchObject({ seq: 2, replyTo: 1 });
    expect((await listed(member, meeting)).map(({ replyTo }) => replyTo)).toEqual([1, null]);
    expectProblem(await send(member, meeting, { replyTo: 9 }), 'message.not_found');
    expectProblem(await send(guest, meeting, { replyTo: first.seq }), 'message.not_found');
    expect((await send(guest, meeting, { replyTo: reply.seq })).statusCode).toBe(201);
    await ask(member, 'DELETE', `${meeting.code}/messages/${first.id}`);
    expectProblem(await send(member, meeting, { replyTo: first.seq }), 'message.not_found');
  });

  it('counts one reaction for each person and emoji, names them, and announces each change', async () => {
    const { host, meeting, member, events } = await scene();
    const message = await sent(host, meeting);
    const guest = await newCaller(server, meeting, { name: 'Guest' });
    events.length = 0;
    await react(member, meeting, message, '👍');
    await server.clock.advance(1000);
    await react(member, meeting, message, '👍');
    await react(guest, meeting, message, '👍');
    const { reactions } = (await react(host, meeting, message, '🏳️‍🌈')).json();
    const named = (userId: string | null, participantId: string | null, name: string) => ({
      userId,
      participantId,
      name,
    });
    expect(reactions).toEqual({
      version: 3,
      list: [
        {
          emoji: '👍',
          count: 2,
          by: [named(member.userId, null, 'Member'), named(null, guest.participantId, 'Guest')],
        },
        { emoji: '🏳️‍🌈', count: 1, by: [named(host.userId, null, 'Host')] },
      ],
    });
    expect((await listed(host, meeting))[0]?.reactions).toEqual(reactions);
    expect((await react(member, meeting, message, '👍', 'DELETE')).json().reactions).toMatchObject({ version: 4 });
    expect((await react(member, meeting, message, '👍', 'DELETE')).json().reactions).toMatchObject({ version: 4 });
    expect(events).toMatchObject(
      [1, 2, 3, 4].map((version) => ({ type: 'message.reacted', seq: 1, reactions: { version } })),
    );
    const edited = await ask(host, 'PATCH', `${meeting.code}/messages/${message.id}`, { text: 'Edited' });
    expect(edited.json().message.reactions.list).toHaveLength(2);
  });

  it('of many at once counts every one', { timeout: STARTING }, async () => {
    const { host, meeting } = await scene();
    const message = await sent(host, meeting);
    const callers = await Promise.all(Array.from({ length: MOST_NAMED + 2 }, () => newCaller(server, meeting)));
    const answers = await Promise.all(callers.map((caller) => react(caller, meeting, message, '🎉')));
    const versions = answers.map((answer) => answer.json().reactions.version as number);
    expect(versions.sort((a, b) => a - b)).toEqual(callers.map((_, index) => index + 1));
    const [one] = (await listed(host, meeting))[0]?.reactions?.list ?? [];
    expect([one?.count, one?.by.length]).toEqual([MOST_NAMED + 2, MOST_NAMED]);
  });

  it('refuses what is no emoji, too many of them, and those who may not write', async () => {
    const { host, meeting, member } = await scene();
    const message = await sent(host, meeting);
    for (const text of ['a', '👍👍', '1', '<b>', ' ', '👍'.repeat(20)]) {
      expectProblem(await react(host, meeting, message, text), 'request.invalid');
    }
    for (const emoji of EMOJIS.slice(0, 20)) expect((await react(host, meeting, message, emoji)).statusCode).toBe(200);
    expectProblem(await react(member, meeting, message, EMOJIS[20]!), 'message.reactions_full');
    expect((await react(member, meeting, message, EMOJIS[0]!)).statusCode).toBe(200);
    expect((await listed(host, meeting))[0]?.reactions?.list).toHaveLength(20);
    const set = (change: object) => server.queries.update(meetings).set(change).where(eq(meetings.id, meeting.id));
    await set({ settings: { chat: 'moderators' } });
    expectProblem(await react(member, meeting, message, '👍'), 'permission.denied');
    await set({ settings: {}, archivedAt: new Date(server.clock.date()) });
    expectProblem(await react(member, meeting, message, '👍'), 'meeting.archived');
  });

  it('count for each named member until they are read or deleted, at most 100', async () => {
    const { host, meeting, member } = await scene();
    const other = await newPerson(server, { name: 'Other' });
    await newMember(server, meeting, other);
    const counts = async (asker: Asker) => {
      const inList = (await ask(asker, 'GET', '')).json().items[0].membership;
      const { membership } = (await ask(asker, 'GET', meeting.code)).json().meeting;
      expect(inList).toMatchObject(membership);
      return [membership.unread, membership.mentions];
    };
    const mark = async (seq: number) => (await ask(member, 'PUT', `${meeting.code}/read`, { seq })).json();
    const of = (...people: { userId: string }[]) => ({ mentions: people.map(({ userId }) => ({ userId })) });
    const first = await sent(host, meeting, of(member, host));
    await sent(host, meeting);
    const third = await sent(other, meeting, of(member));
    await sent(host, meeting, of(member, other));
    expect([await counts(host), await counts(member), await counts(other)]).toEqual([
      [0, 0],
      [4, 3],
      [1, 1],
    ]);
    await ask(host, 'DELETE', `${meeting.code}/messages/${third.id}`);
    expect(await counts(member)).toEqual([4, 2]);
    expect(await mark(first.seq)).toEqual({ unread: 3, mentions: 1, lastReadSeq: first.seq });
    // A server of an earlier version knows the read position alone.
    await server.queries.update(members).set({ lastReadSeq: 4 }).where(eq(members.userId, member.userId));
    expect(await counts(member)).toEqual([0, 0]);
    await sent(host, meeting);
    expect(await counts(member)).toEqual([1, 0]);
    await sent(member, meeting, of(member));
    expect(await counts(member)).toEqual([0, 0]);
    // As after 100 messages.
    await server.queries.update(meetings).set({ lastSeq: 106 }).where(eq(meetings.id, meeting.id));
    const mentioned = Array.from({ length: 100 }, (_, n) => 106 - n);
    await server.queries.update(members).set({ mentioned }).where(eq(members.userId, member.userId));
    const { seq } = await sent(host, meeting, of(member));
    const [row] = await server.queries.select().from(members).where(eq(members.userId, member.userId));
    expect(row?.mentioned).toEqual([seq, ...mentioned.slice(0, 99)]);
    expect(await counts(member)).toEqual([101, 100]);
  });

  it('a guest reacts to nothing that was written before', async () => {
    const { host, meeting } = await scene();
    const message = await sent(host, meeting);
    await server.clock.advance(1000);
    expectProblem(await react(await newCaller(server, meeting), meeting, message, '👍'), 'message.not_found');
  });

  it('are deleted with their message', async () => {
    const { host, meeting, member } = await scene();
    const message = await sent(host, meeting, { mentions: [{ userId: member.userId }] });
    await react(member, meeting, message, '👍');
    await ask(host, 'DELETE', `${meeting.code}/messages/${message.id}`);
    expect((await listed(member, meeting))[0]).toMatchObject({ mentions: [], reactions: { version: 2, list: [] } });
    for (const table of [messageMentions, messageReactions]) {
      expect(await server.queries.select().from(table).where(eq(table.messageId, message.id))).toEqual([]);
    }
    expectProblem(await react(member, meeting, message, '👍'), 'message.not_found');
  });
});

describe('servers and pages of an earlier version', () => {
  const earlier = {
    id: randomUUID(),
    seq: 1,
    clientId: randomUUID(),
    author: { userId: null, participantId: 'p', name: 'Guest', avatarUrl: null },
    text: 'Hello',
    createdAt: '2030-01-01T12:00:00.000Z',
    editedAt: null,
    deletedAt: null,
  };
  it('send messages without mentions, reply and reactions, which are read', () => {
    expect(messageSchema.parse(earlier)).toEqual(earlier);
  });
});

const EMOJIS = [...'😀😁😂😃😄😅😆😉😊😋😎😍😘🙂🤗🤔😐😑😶🙄😏'];
