import { randomUUID } from 'node:crypto';
import {
  isPrivate,
  type MeetingEvent,
  type MeetingSettings,
  meetingEventSchema,
  type OwnPrivateMessage,
  type PrivateReceiver,
  privateMessagesPageSchema,
  type Role,
} from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Asker,
  type Caller,
  hostTokenAsker,
  newApiKey,
  newCaller,
  newMeeting,
  newMember,
  newPerson,
  nobody,
} from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { startRetention } from '../database/retention.js';
import { admissions, type MeetingRow, meetings, members, privateMessages } from '../database/schema.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

const ask = (asker: Asker, method: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH', url: string, payload?: object) =>
  server.api.fastify.inject({
    method,
    url: `/v1/meetings/${url}`,
    headers: asker.headers,
    remoteAddress: newAddress(),
    ...(payload ? { payload } : {}),
  });

const SECRET_TEXT = 'only for you';
const send = (
  asker: Asker,
  { code }: MeetingRow,
  to: PrivateReceiver,
  text = SECRET_TEXT,
  clientId: string = randomUUID(),
) => ask(asker, 'POST', `${code}/private-messages`, { to, text, clientId });

async function sent(...of: Parameters<typeof send>): Promise<OwnPrivateMessage> {
  const response = await send(...of);
  expect(response.statusCode, response.body).toBe(201);
  return response.json().message;
}

async function read(asker: Asker, { code }: MeetingRow, query = '') {
  const response = await ask(asker, 'GET', `${code}/private-messages${query}`);
  expect(response.statusCode, response.body).toBe(200);
  return privateMessagesPageSchema.parse(response.json());
}
const textsFor = async (asker: Asker, meeting: MeetingRow) =>
  (await read(asker, meeting)).items.map(({ text }) => text);

const to = (who: Caller | { userId: string }): PrivateReceiver =>
  'participantId' in who ? { participantId: who.participantId } : { userId: who.userId };

/** A call of a host, a member and two guests, with a member outside. */
async function scene(permitted: MeetingSettings['privateMessages'] | null = 'everyone') {
  const host = await newPerson(server, { name: 'Host' });
  const meeting = await newMeeting(server, host, { settings: permitted ? { privateMessages: permitted } : {} });
  const [member, other] = [await newPerson(server, { name: 'Mia' }), await newPerson(server, { name: 'Otto' })];
  for (const person of [member, other]) await newMember(server, meeting, person);
  const caller = await newCaller(server, meeting, { role: 'member', userId: member.userId, name: 'Mia' });
  const hostCaller = await newCaller(server, meeting, { role: 'host', userId: host.userId, name: 'Host' });
  const [guest, third] = [await newCaller(server, meeting, { name: 'Guy' }), await newCaller(server, meeting)];
  const events: MeetingEvent[] = [];
  await server.cluster.bus.subscribe(`meeting.${meeting.id}`, (one) => events.push(meetingEventSchema.parse(one)));
  return { host, meeting, member, other, caller, hostCaller, guest, third, events };
}

describe('private messages', () => {
  it('reach both sides on all their devices, and nobody else by any list of the chat', async () => {
    const { host, meeting, member, other, caller, hostCaller, guest, third, events } = await scene();
    const message = await sent(guest, meeting, to(caller));
    expect(message).toMatchObject({
      text: SECRET_TEXT,
      own: true,
      unread: false,
      author: { userId: null, participantId: guest.participantId, name: 'Guy' },
      to: { userId: member.userId, participantId: null, name: 'Mia' },
    });
    // The member by the account and from within the call, the guest by its place.
    for (const asker of [member, caller]) {
      expect((await read(asker, meeting)).items).toEqual([{ ...message, own: false, unread: true }]);
    }
    expect((await read(guest, meeting)).items).toEqual([message]);
    const { own: _, unread: __, ...shown } = message;
    expect(events).toEqual([
      { type: 'private.created', message: shown, from: [guest.participantId], to: [caller.participantId] },
    ]);
    for (const asker of [host, hostCaller, other, third]) expect(await textsFor(asker, meeting)).toEqual([]);
    for (const asker of [host, hostCaller, other, third, member, caller, guest]) {
      for (const list of ['messages', 'messages?after=0', 'messages?before=100', 'files', 'participants', '']) {
        expect((await ask(asker, 'GET', `${meeting.code}/${list}`)).body).not.toContain(SECRET_TEXT);
      }
    }
    // No gap in the chat shows that it exists.
    const [row] = await server.queries.select().from(meetings).where(eq(meetings.id, meeting.id));
    expect(row?.lastSeq).toBe(0);
    for (const list of ['attendance', 'attendance.csv', 'participants/history', 'calls', 'audit-events']) {
      expect((await ask(host, 'GET', `${meeting.code}/${list}`)).body).not.toContain(SECRET_TEXT);
    }
  });

  it('are no business of back ends, host tokens and strangers', async () => {
    const { host, meeting, caller, guest } = await scene();
    const message = await sent(guest, meeting, to(caller));
    for (const asker of [await newApiKey(server, host.userId), hostTokenAsker(meeting)]) {
      expectProblem(await ask(asker, 'GET', `${meeting.code}/private-messages`), 'permission.denied');
      expectProblem(await send(asker, meeting, to(caller)), 'permission.denied');
      const path = `${meeting.code}/private-messages/${message.id}`;
      expectProblem(await ask(asker, 'DELETE', path), 'permission.denied');
    }
    const list = (asker: Asker) => ask(asker, 'GET', `${meeting.code}/private-messages`);
    expectProblem(await list(nobody), 'account.required');
    expectProblem(await list(await newPerson(server)), 'meeting.not_found');
  });

  it('are permitted for pairs by the setting, which is off at first and follows a change at once', async () => {
    const { host, meeting, caller, hostCaller, guest, third } = await scene(null);
    const pairs = {
      guests: [guest, third],
      mixed: [guest, caller],
      help: [guest, hostCaller],
      inside: [caller, hostCaller],
    };
    const permitted = async () => {
      const may: string[] = [];
      for (const [name, [one, two]] of Object.entries(pairs)) {
        const codes = [await send(one!, meeting, to(two!)), await send(two!, meeting, to(one!))].map(
          ({ statusCode }) => statusCode,
        );
        expect(new Set(codes).size).toBe(1);
        if (codes[0] === 201) may.push(name);
        else expect(codes[0]).toBe(403);
      }
      return may;
    };
    expect(await permitted()).toEqual([]);
    const allow = (privateMessages: string) => ask(host, 'PATCH', meeting.code, { settings: { privateMessages } });
    expect((await allow('moderators')).json().meeting.settings.privateMessages).toBe('moderators');
    expect(await permitted()).toEqual(['help', 'inside']);
    await allow('members');
    expect(await permitted()).toEqual(['inside']);
    await allow('everyone');
    expect(await permitted()).toEqual(['guests', 'mixed', 'help', 'inside']);
    await allow('nobody');
    expect(await permitted()).toEqual([]);
    // What was written stays readable.
    expect(await textsFor(third, meeting)).toHaveLength(2);
    expectProblem(
      await ask(guest, 'PATCH', meeting.code, { settings: { privateMessages: 'everyone' } }),
      'permission.denied',
    );
    expectProblem(await allow('somebody'), 'request.invalid');
  });

  it('are refused to oneself, to absent, hidden and foreign people, without a difference', async () => {
    const { meeting, member, caller, guest } = await scene();
    const elsewhere = await scene();
    const hidden = await newCaller(server, meeting, { ownGrants: { hidden: true } });
    const waiting = randomUUID();
    const row = { id: waiting, meetingId: meeting.id, name: 'W', role: 'guest', network: 'x' } as const;
    await server.queries.insert(admissions).values({ ...row, state: 'waiting', createdAt: new Date(0) });
    const invited = await newPerson(server);
    await newMember(server, meeting, invited, 'member', 'invited');
    const absent = [
      { participantId: randomUUID() },
      { participantId: waiting },
      to(hidden),
      to(elsewhere.guest),
      { userId: randomUUID() },
      to(invited),
      to(elsewhere.member),
    ];
    for (const one of absent) expectProblem(await send(guest, meeting, one), 'participant.not_found');
    for (const [asker, self] of [
      [guest, to(guest)],
      [member, to(caller)],
      [caller, to(member)],
    ] as const) {
      expectProblem(await send(asker, meeting, self), 'request.invalid');
    }
    const invalid = { ...to(caller), ...to(member) };
    expectProblem(await send(guest, meeting, invalid as never), 'request.invalid');
    expectProblem(await send(guest, meeting, to(caller), 'x'.repeat(4001)), 'request.invalid');
  });

  it('stay with the person: a namesake, a guest who rejoins and a former member do not read them', async () => {
    const { meeting, member, caller, guest, third } = await scene();
    const first = await sent(caller, meeting, to(guest));
    const namesake = await newCaller(server, meeting, { name: 'Guy' });
    expect(await textsFor(namesake, meeting)).toEqual([]);
    expect(await textsFor(guest, meeting)).toEqual([SECRET_TEXT]);

    // The guest leaves: its token ends, and the next place is another person's.
    const { rooms } = server.cluster;
    const home = await rooms.home(meeting.id, guest.participantId);
    await rooms.apply(
      meeting.id,
      { type: 'participant.left', participantId: guest.participantId, reason: 'left' },
      home!,
    );
    expectProblem(await ask(guest, 'GET', `${meeting.code}/private-messages`), 'token.invalid');
    expectProblem(await send(caller, meeting, to(guest)), 'participant.not_found');
    // A repetition after a lost answer still is the same message.
    const repeated = await send(caller, meeting, to(guest), SECRET_TEXT, first.clientId);
    expect([repeated.statusCode, repeated.json().message.id]).toEqual([200, first.id]);
    expect(await textsFor(await newCaller(server, meeting, { name: 'Guy' }), meeting)).toEqual([]);

    // A user who is no member any more reads from the new request to join.
    await server.clock.advance(10);
    await sent(third, meeting, to(caller), 'to the member');
    expect(await textsFor(member, meeting)).toEqual(['to the member', SECRET_TEXT]);
    await server.queries
      .delete(members)
      .where(and(eq(members.meetingId, meeting.id), eq(members.userId, member.userId)));
    await server.queries.update(admissions).set({ state: 'removed' }).where(eq(admissions.id, caller.participantId));
    expectProblem(await ask(caller, 'GET', `${meeting.code}/private-messages`), 'token.invalid');
    await server.clock.advance(1000);
    const back = await newCaller(server, meeting, { userId: member.userId, name: 'Mia' });
    expect(await textsFor(back, meeting)).toEqual([]);
    // By the account, as in an answer: a user in the call without being a member.
    await sent(third, meeting, to(member), 'to the guest');
    expect(await textsFor(back, meeting)).toEqual(['to the guest']);
  });

  it('are one for each clientId, and limited as messages are', async () => {
    const { meeting, caller, guest, events } = await scene();
    const clientId = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => send(guest, meeting, to(caller), 'once', clientId)));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 200, 201]);
    expect(await textsFor(caller, meeting)).toEqual(['once']);
    expect(events).toHaveLength(1);
    const codes: number[] = [];
    for (let n = 0; n < 60; n++) codes.push((await send(guest, meeting, to(caller))).statusCode);
    expect(codes.indexOf(429)).toBe(57);
    const inChat = await ask(guest, 'POST', `${meeting.code}/messages`, { text: 'x', clientId: randomUUID() });
    expectProblem(inChat, 'request.rate_limited');
  });

  it('are paged, read by the receiver without notice to the author, and deleted by the author', async () => {
    const { host, meeting, member, caller, hostCaller, guest, events } = await scene();
    const ids: string[] = [];
    for (const [from, receiver] of [
      [guest, caller],
      [caller, guest],
      [guest, caller],
      [guest, caller],
    ] as const) {
      await server.clock.advance(10);
      ids.unshift((await sent(from, meeting, to(receiver))).id);
    }
    const first = await read(caller, meeting, '?limit=3');
    const second = await read(caller, meeting, `?limit=3&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();

    const unread = async () => (await read(member, meeting)).items.map((one) => one.unread);
    const mark = (asker: Asker, messageId: string) =>
      ask(asker, 'PUT', `${meeting.code}/private-messages/read`, { messageId });
    expect(await unread()).toEqual([true, true, false, true]);
    const listed = async (asker: Asker) => {
      const list = await server.api.fastify.inject({
        ...{ url: '/v1/meetings', headers: asker.headers, remoteAddress: newAddress() },
      });
      const { unread: inChat, unreadPrivate } = list.json().items[0].membership;
      return [inChat, unreadPrivate];
    };
    expect([await listed(member), await listed(host)]).toEqual([
      [0, 3],
      [0, 0],
    ]);
    for (const asker of [hostCaller, host, guest]) expectProblem(await mark(asker, ids[1]!), 'message.not_found');
    expect((await mark(member, ids[1]!)).statusCode).toBe(204);
    expect(await unread()).toEqual([true, false, false, false]);
    expect(await listed(member)).toEqual([0, 1]);
    expect((await read(guest, meeting)).items.map((one) => one.unread)).toEqual([false, false, true, false]);

    const remove = (asker: Asker) => ask(asker, 'DELETE', `${meeting.code}/private-messages/${ids[0]}`);
    expectProblem(await remove(caller), 'permission.denied');
    for (const asker of [hostCaller, host]) expectProblem(await remove(asker), 'message.not_found');
    const count = events.length;
    expect((await remove(guest)).statusCode).toBe(204);
    expectProblem(await remove(guest), 'message.not_found');
    expect((await read(caller, meeting)).items).toHaveLength(3);
    expect(events.slice(count)).toMatchObject([{ type: 'private.deleted', message: { id: ids[0] } }]);
    expect(JSON.stringify(events.slice(count))).not.toContain(SECRET_TEXT);
    expect(await server.queries.select().from(privateMessages).where(eq(privateMessages.id, ids[0]!))).toEqual([]);
  });

  it('M4: none is stored in an archived meeting, whose members still read theirs', async () => {
    const { meeting, member, other } = await scene();
    await sent(member, meeting, to(other));
    const archivedAt = new Date(server.clock.date());
    await server.queries.update(meetings).set({ archivedAt }).where(eq(meetings.id, meeting.id));
    expectProblem(await send(member, meeting, to(other)), 'meeting.archived');
    expect(await textsFor(other, meeting)).toEqual([SECRET_TEXT]);
  });

  it('end with the account of a side, and between guests a week after the call', async () => {
    const { meeting, member, other, guest, third, caller } = await scene();
    await sent(member, meeting, to(other), 'sent');
    await sent(other, meeting, to(member), 'received');
    await sent(guest, meeting, to(third), 'between guests');
    await sent(guest, meeting, to(other), 'kept');
    const exported = await server.api.fastify.inject({
      url: '/v1/me/export',
      headers: member.headers,
      remoteAddress: newAddress(),
    });
    expect(exported.json().privateMessages).toMatchObject([{ text: 'sent', receiverName: 'Otto' }]);
    expect(exported.body).not.toContain('between guests');
    const url = '/v1/me';
    const deletion = {
      method: 'DELETE',
      url,
      headers: member.headers,
      remoteAddress: newAddress(),
      payload: {},
    } as const;
    expect((await server.api.fastify.inject(deletion)).statusCode).toBe(204);
    expectProblem(await ask(caller, 'GET', `${meeting.code}/private-messages`), 'token.invalid');
    expect(await textsFor(other, meeting)).toEqual(['kept']);
    expect(await textsFor(third, meeting)).toEqual(['between guests']);

    const left = () => server.queries.select().from(privateMessages).where(eq(privateMessages.meetingId, meeting.id));
    const { queries, clock } = server;
    const longAgo = new Date(clock.date() - 8 * 86_400_000);
    await queries.update(privateMessages).set({ createdAt: longAgo }).where(eq(privateMessages.meetingId, meeting.id));
    const stop = startRetention({ queries, clock, log: server.api.fastify.log, options: {} });
    await clock.advance(60_000);
    await expect.poll(async () => (await left()).map(({ text }) => text)).toEqual(['kept']);
    await stop();
  });

  it('an event is of no kind that an earlier server or page knows: it drops it', async () => {
    const { meeting, caller, guest, events } = await scene();
    await sent(guest, meeting, to(caller));
    const earlier = meetingEventSchema.options.filter(({ shape }) => !shape.type.value.startsWith('private.'));
    expect(earlier).toHaveLength(meetingEventSchema.options.length - 2);
    expect(events.every(isPrivate)).toBe(true);
    for (const option of earlier) expect(option.safeParse(events[0]).success).toBe(false);
  });

  it.each<Role>(['host', 'moderator'])('a %s has no list of those of others', async (role) => {
    const { meeting, caller, guest } = await scene();
    await sent(guest, meeting, to(caller));
    const person = await newPerson(server);
    if (role === 'moderator') await newMember(server, meeting, person, 'moderator');
    const asker = await newCaller(server, meeting, { role, ...(role === 'moderator' && { userId: person.userId }) });
    expect(await textsFor(asker, meeting)).toEqual([]);
  });
});
