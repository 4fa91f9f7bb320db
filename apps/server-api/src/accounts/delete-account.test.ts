import { randomUUID } from 'node:crypto';
import { type MeetingEvent, meetingTopic, type UserTopicEvent, userTopic } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newApiKey, newCaller, newMeeting, newMember, newPerson, type Person } from '../../test/people.js';
import { startPostgres } from '../../test/postgres.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { ownerOfUser } from '../access/principal.js';
import {
  admissions,
  apiKeys,
  identities,
  mails,
  meetings,
  members,
  messages,
  participants,
  sessions,
  users,
  webhookEvents,
  webhooks,
} from '../database/schema.js';

/** On PostgreSQL: the locks and their order matter. */
let server: ServerUnderTest;
let closePostgres: () => Promise<void>;
beforeAll(async () => {
  const postgres = await startPostgres();
  closePostgres = () => postgres.close();
  server = await startServer({ databaseUrl: await postgres.newDatabase() });
}, STARTING);
afterAll(async () => {
  await server.close();
  await closePostgres();
});

const remove = (person: Person) =>
  server.api.fastify.inject({
    method: 'DELETE',
    url: '/v1/me',
    payload: {},
    headers: person.headers,
    remoteAddress: newAddress(),
  });
const meetingRow = async (id: string) => (await server.queries.select().from(meetings).where(eq(meetings.id, id)))[0];
const hostOf = async (meetingId: string) =>
  (
    await server.queries
      .select()
      .from(members)
      .where(and(eq(members.meetingId, meetingId), eq(members.role, 'host')))
  )[0];
/** Advances the clock, so that the next member joins later. */
const later = () => server.clock.advance(1000);

describe('meetings that a deleted account hosted', () => {
  it('go to the moderator who joined first', async () => {
    const [host, member, second, first] = await Promise.all([1, 2, 3, 4].map(() => newPerson(server)));
    if (!host || !member || !first || !second) throw new Error('nobody');
    const meeting = await newMeeting(server, host, { hostTokenHash: null });
    await newMember(server, meeting, member);
    await later();
    await newMember(server, meeting, first, 'moderator');
    await later();
    await newMember(server, meeting, second, 'moderator');
    const received: MeetingEvent[] = [];
    await server.cluster.bus.subscribe(meetingTopic(meeting.id), (event) => received.push(event as MeetingEvent));
    const notified: UserTopicEvent[] = [];
    await server.cluster.bus.subscribe(userTopic(host.userId), (event) => notified.push(event as UserTopicEvent));
    const { participantId, commands } = await newCaller(server, meeting, { role: 'moderator', userId: first.userId });

    expect((await remove(host)).statusCode).toBe(204);
    expect((await hostOf(meeting.id))?.userId).toBe(first.userId);
    expect(await meetingRow(meeting.id)).toMatchObject({ owner: ownerOfUser(first.userId), hostTokenHash: null });
    expect(received.map(({ type }) => type).sort()).toEqual(['meeting.updated', 'members.changed']);
    expect(notified).toEqual([{ type: 'session.ended' }]);
    // The new host has a host's rights in the running call.
    expect(commands).toMatchObject([{ type: 'update', participantId, role: 'host', grants: { moderate: true } }]);
    const list = await server.api.fastify.inject({ url: `/v1/meetings/${meeting.code}`, headers: first.headers });
    expect(list.json().meeting.membership.role).toBe('host');
  });

  it('go to the member who joined first when there is no moderator, not to an invited one', async () => {
    const [host, invited, first, second] = await Promise.all([1, 2, 3, 4].map(() => newPerson(server)));
    if (!host || !invited || !first || !second) throw new Error('nobody');
    const meeting = await newMeeting(server, host);
    await newMember(server, meeting, invited, 'moderator', 'invited');
    await later();
    await newMember(server, meeting, first);
    await later();
    await newMember(server, meeting, second);
    expect((await remove(host)).statusCode).toBe(204);
    expect((await hostOf(meeting.id))?.userId).toBe(first.userId);
    expect((await meetingRow(meeting.id))?.hostTokenHash).toBeNull();
  });

  it('are deleted when no member is left, and their calls end', async () => {
    const [host, invited] = [await newPerson(server), await newPerson(server)];
    const meeting = await newMeeting(server, host, { hostTokenHash: null });
    await newMember(server, meeting, invited, 'member', 'invited');
    const guest = await newCaller(server, meeting);
    const tokenId = randomUUID();
    const tokenExpiresAt = new Date(server.clock.date() + 60_000);
    await server.queries.insert(admissions).values({
      id: randomUUID(),
      meetingId: meeting.id,
      name: 'On the way',
      role: 'guest',
      network: '192.0.2.1',
      state: 'admitted',
      tokenId,
      tokenExpiresAt,
      createdAt: new Date(server.clock.date()),
    });
    expect((await remove(host)).statusCode).toBe(204);
    expect(await meetingRow(meeting.id)).toBeUndefined();
    expect(guest.commands).toMatchObject([{ type: 'remove', reason: 'room-closed' }]);
    // R8: nobody can join any more.
    expect(await server.cluster.tokens.use(tokenId, tokenExpiresAt.getTime())).toBe(false);
  });

  it('stay with the holder of their host token or key', async () => {
    const host = await newPerson(server);
    const byOwnKey = await newMeeting(server, undefined, { owner: ownerOfUser(host.userId) });
    const ofBackEnd = await newMeeting(server, host, { owner: 'key:other', hostTokenHash: null });
    expect((await remove(host)).statusCode).toBe(204);
    expect(await meetingRow(byOwnKey.id)).toMatchObject({ owner: null, hostTokenHash: byOwnKey.hostTokenHash });
    expect(await meetingRow(ofBackEnd.id)).toMatchObject({ owner: 'key:other' });
  });
});

describe('the data of a deleted account', () => {
  it('is reduced to text without its name', async () => {
    const [host, person] = [await newPerson(server), await newPerson(server, { name: 'Grace Hopper' })];
    const meeting = await newMeeting(server, host);
    await newMember(server, meeting, person);
    const at = new Date(server.clock.date());
    const { userId } = person;
    const owner = ownerOfUser(userId);
    const { queries } = server;
    const message = { meetingId: meeting.id, sender: userId, clientId: 'c', text: 'Hello', createdAt: at };
    await queries.insert(messages).values([
      { ...message, seq: 1, userId, authorName: 'Grace Hopper' },
      { ...message, seq: 2, sender: host.userId, userId: host.userId, authorName: 'Host' },
    ]);
    const presence = { meetingId: meeting.id, role: 'member' as const, nodeId: 'n', joinedAt: at };
    await queries.insert(participants).values([
      { ...presence, id: randomUUID(), userId, name: 'Grace Hopper' },
      { ...presence, id: randomUUID(), userId: host.userId, name: 'Host' },
    ]);
    await newApiKey(server, userId);
    await queries.insert(identities).values({ issuer: 'i', subject: userId, userId, createdAt: at });
    await queries
      .insert(webhooks)
      .values({ owner, url: 'https://example.org', secret: 's', events: [], createdAt: at });
    await queries.insert(webhookEvents).values({ owner, type: 'meeting.started', data: {}, createdAt: at });
    const mail = { recipient: person.email, subject: 'S', text: 'T', nextAttemptAt: at, createdAt: at };
    await queries.insert(mails).values(mail);
    const caller = await newCaller(server, meeting, { role: 'member', name: 'Grace Hopper', userId });
    const received: MeetingEvent[] = [];
    await server.cluster.bus.subscribe(meetingTopic(meeting.id), (event) => received.push(event as MeetingEvent));
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    const headers = { ...person.headers, 'content-type': 'image/png' };
    const put = await server.api.fastify.inject({ method: 'PUT', url: '/v1/me/avatar', payload: png, headers });
    const picture = () => server.api.fastify.inject({ url: put.json().avatarUrl, remoteAddress: newAddress() });
    expect((await picture()).statusCode).toBe(200);

    expect((await remove(person)).statusCode).toBe(204);
    expect(
      await queries.select().from(messages).where(eq(messages.meetingId, meeting.id)).orderBy(messages.seq),
    ).toMatchObject([
      { userId: null, authorName: 'Deleted account', text: 'Hello' },
      { userId: host.userId, authorName: 'Host' },
    ]);
    const names = await queries.select().from(participants).where(eq(participants.meetingId, meeting.id));
    expect(names.map(({ name }) => name).sort()).toEqual(['Deleted account', 'Host']);
    const [admission] = await queries.select().from(admissions).where(eq(admissions.id, caller.participantId));
    expect(admission).toMatchObject({ userId: null, name: 'Deleted account', state: 'removed' });
    expect(caller.commands).toMatchObject([{ type: 'remove', reason: 'kicked' }]);
    expect(received).toContainEqual({ type: 'members.changed' });
    expect((await hostOf(meeting.id))?.userId).toBe(host.userId);
    for (const [table, column, value] of [
      [users, users.id, userId],
      [sessions, sessions.userId, userId],
      [members, members.userId, userId],
      [apiKeys, apiKeys.userId, userId],
      [identities, identities.userId, userId],
      [webhooks, webhooks.owner, owner],
      [webhookEvents, webhookEvents.owner, owner],
      [mails, mails.recipient, person.email],
    ] as const) {
      expect(await queries.$count(table, eq(column, value))).toBe(0);
    }
    expect((await picture()).statusCode).toBe(404);
  });

  it('is deleted once by concurrent requests, also when several hosts delete theirs', async () => {
    const [one, another, third] = await Promise.all([1, 2, 3].map(() => newPerson(server)));
    if (!one || !another || !third) throw new Error('nobody');
    const both = [await newMeeting(server, one), await newMeeting(server, another)];
    for (const meeting of both) {
      for (const person of [one, another, third]) {
        if ((await hostOf(meeting.id))?.userId !== person.userId) await newMember(server, meeting, person);
      }
    }
    const answers = await Promise.all([one, another, one, another].map(remove));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([
      204,
      204,
      expect.any(Number),
      expect.any(Number),
    ]);
    for (const { statusCode } of answers) expect([204, 401, 403]).toContain(statusCode);
    for (const meeting of both) expect((await hostOf(meeting.id))?.userId).toBe(third.userId);
  });
});
