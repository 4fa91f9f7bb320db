import { randomUUID } from 'node:crypto';
import { accountExportSchema } from '@waterbus/protocol';
import { getTableName, is, Table } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newApiKey, newCaller, newMeeting, newMember, newPerson, type Person } from '../../test/people.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { ownerOfUser } from '../access/principal.js';
import * as schema from '../database/schema.js';

/*
 * A person can read all data stored about them, and it is deleted with the account. The test takes
 * the tables from the schema: a new table that refers to people fails here until it has a rule.
 */

const tables = Object.values(schema as Record<string, unknown>).filter((value) => is(value, Table)) as PgTable[];

/** The place of a table's rows in the export, or the reason for their absence. */
const exported: Record<string, string> = {
  users: 'account',
  identities: 'identities',
  passkeys: 'passkeys',
  totps: 'totps',
  recovery_codes: 'not exported: hashes of secrets',
  challenges: 'not exported: hashes of secrets, for minutes',
  sessions: 'sessions',
  mailed_tokens: 'mailedTokens',
  mails: 'not exported: it leaves within seconds, to the user, and may hold a secret',
  api_keys: 'apiKeys',
  meetings: 'meetings',
  members: 'memberships',
  admissions: 'admissions',
  bans: 'not exported: to somebody banned there is no such meeting (M2)',
  participants: 'presences',
  quality_minutes: 'quality',
  guest_invitations: 'not exported: of a meeting, to an address without regard to its account; deleted with it',
  stream_keys: 'not exported: of a program that a moderator named; the meeting lists them',
  messages: 'messages',
  private_messages: 'privateMessages',
  files: 'files',
  message_mentions: 'not exported: written by others',
  message_reactions: 'reactions',
  polls: 'polls',
  poll_votes: 'votes',
  webhooks: 'webhooks',
  webhook_events: 'webhookEvents',
  audit_events: 'auditEvents',
};

/** Rows that may refer to a person whose account is deleted. */
const kept: Record<string, string> = {
  webhook_events: 'of other owners, which were notified; deleted after 30 days',
};

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

const ask = (person: Person, method: 'GET' | 'DELETE', url: string) =>
  server.api.fastify.inject({
    method,
    url,
    headers: person.headers,
    remoteAddress: newAddress(),
    ...(method === 'DELETE' ? { payload: {} } : {}),
  });

/** A person with a row in every table that can refer to one. */
async function everywhere() {
  const { queries, clock } = server;
  const at = new Date(clock.date());
  const person = await newPerson(server, { name: `Grace ${randomUUID().slice(0, 8)}` });
  const { userId, email, name } = person;
  const owner = ownerOfUser(userId);
  const meeting = await newMeeting(server, person, { title: 'Hers' });
  const elsewhere = await newMeeting(server);
  const successor = await newPerson(server);
  await newMember(server, meeting, successor);
  await newMember(server, elsewhere, person);
  const key = await newApiKey(server, userId);
  await newCaller(server, elsewhere, { userId, name, role: 'member' });
  await queries
    .insert(schema.identities)
    .values({ issuer: 'https://id.example', subject: userId, userId, createdAt: at });
  const passkey = { name, publicKey: 'KEY', counter: 0, transports: [], backedUp: false };
  await queries.insert(schema.passkeys).values({ ...passkey, id: `passkey-${userId}`, userId, createdAt: at });
  await queries.insert(schema.totps).values({ userId, secret: 'encrypted', createdAt: at });
  await queries.insert(schema.recoveryCodes).values({ userId, hash: 'code' });
  await queries.insert(schema.challenges).values({ hash: userId, purpose: 'second-factor', userId, expiresAt: at });
  await queries.insert(schema.mailedTokens).values({ hash: userId, purpose: 'verify-email', userId, expiresAt: at });
  await queries
    .insert(schema.mails)
    .values({ recipient: email, subject: 'S', text: 'T', nextAttemptAt: at, createdAt: at });
  await queries
    .insert(schema.guestInvitations)
    .values({ meetingId: elsewhere.id, email, tokenHash: userId, waits: true, expiresAt: at, createdAt: at });
  await queries.insert(schema.bans).values({ meetingId: meeting.id, userId, name, createdAt: at });
  const presence = randomUUID();
  await queries
    .insert(schema.participants)
    .values({ id: presence, meetingId: meeting.id, userId, name, role: 'host', nodeId: 'n', joinedAt: at });
  const figures = { uploadBitrate: 1, downloadBitrate: 1, seconds: 60, impairedSeconds: 0, quality: 2, limitation: 1 };
  const rest = { serverLoss: 0, serverDelay: 0, missingPictures: 0 };
  const minutes = Array.from({ length: 501 }, (_, minute) => ({ meetingId: meeting.id, minute, ...figures, ...rest }));
  await queries.insert(schema.qualityMinutes).values(minutes.map((row) => ({ ...row, participantId: presence })));
  // Of somebody else.
  await queries.insert(schema.qualityMinutes).values({ ...minutes[0]!, participantId: 'other' });
  const message = { meetingId: meeting.id, sender: userId, userId, authorName: name, createdAt: at };
  await queries.insert(schema.messages).values(
    // More than a page of the export.
    Array.from({ length: 1201 }, (_, n) => ({ ...message, seq: n + 1, clientId: `c${n}`, text: `Text ${n}` })),
  );
  const [liked] = await queries
    .insert(schema.messages)
    .values({ ...message, sender: 'other', userId: null, authorName: 'B', seq: 1202, clientId: 'c', text: 'Hello' })
    .returning();
  const messageId = liked?.id ?? '';
  const toOther = { receiver: 'other', receiverName: 'B', text: 'Hello', clientId: 'c', createdAt: at };
  await queries.insert(schema.privateMessages).values([
    { ...toOther, meetingId: meeting.id, sender: userId, userId, authorName: name },
    {
      ...toOther,
      meetingId: meeting.id,
      sender: 'other',
      authorName: 'B',
      receiver: userId,
      receiverUserId: userId,
      receiverName: name,
    },
  ]);
  const file = { messageId, meetingId: meeting.id, sender: userId, userId, name: 'plan.pdf', size: 5, createdAt: at };
  await queries.insert(schema.files).values(file);
  await queries.insert(schema.messageMentions).values({ messageId, position: 0, userId, name });
  await queries
    .insert(schema.messageReactions)
    .values(['👍', '🎉'].map((emoji) => ({ messageId, emoji, sender: userId, userId, name, createdAt: at })));
  const poll = { meetingId: meeting.id, question: 'Q', multiple: false, anonymous: false, createdAt: at };
  const [opened] = await queries
    .insert(schema.polls)
    .values({ ...poll, choices: ['A', 'B'], resultsFrom: 'start', userId, authorName: name })
    .returning();
  await queries
    .insert(schema.pollVotes)
    .values({ pollId: opened?.id ?? '', voter: 'hash', choices: [1], userId, name, createdAt: at });
  const [webhook] = await queries
    .insert(schema.webhooks)
    .values({ owner, url: 'https://hooks.example.org', secret: 'whsec_secret', events: [], createdAt: at })
    .returning();
  const actor = { actorKind: 'user', actorId: userId, actorName: name, network: '192.0.2.1' } as const;
  await queries.insert(schema.auditEvents).values([
    { ...actor, action: 'session.started', userId, details: {}, createdAt: at },
    { ...actor, action: 'meeting.created', meetingId: elsewhere.id, details: {}, createdAt: at },
  ]);
  await queries.insert(schema.webhookEvents).values({ owner, type: 'meeting.started', data: {}, createdAt: at });
  return { person, key, webhook, meeting };
}

describe('the stored data of a person', () => {
  it('has a rule for every table that refers to people', () => {
    const naming = tables.filter((table) => {
      const { columns, foreignKeys } = getTableConfig(table);
      const references = foreignKeys.some((key) => getTableName(key.reference().foreignTable) === 'users');
      const names = ['owner', 'email', 'recipient', 'sender', 'network', 'participant_id'];
      return references || columns.some(({ name }) => names.includes(name));
    });
    expect(naming.map(getTableName).sort()).toEqual(Object.keys(exported).sort());
    const parts = Object.keys(accountExportSchema.shape);
    for (const part of Object.values(exported)) if (!part.startsWith('not exported: ')) expect(parts).toContain(part);
  });

  it('is exported to them as JSON, completely and without secrets', async () => {
    const { person, key, webhook, meeting } = await everywhere();
    const response = await ask(person, 'GET', '/v1/me/export');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-disposition']).toContain('attachment');
    const data = accountExportSchema.parse(response.json());
    expect(data.account).toMatchObject({ id: person.userId, email: person.email, hasPassword: false });
    expect(data.messages).toHaveLength(1201);
    expect(new Set(data.messages.map(({ id }) => id)).size).toBe(1201);
    expect(data.reactions).toMatchObject([{ emoji: '🎉' }, { emoji: '👍' }]);
    expect(data.quality!.map(({ at }) => at)).toEqual([...new Set(data.quality!.map(({ at }) => at))].sort());
    expect(data.quality).toHaveLength(501);
    expect(data.quality![0]).toMatchObject({ meetingId: meeting.id, side: 'upload', quality: 'poor' });
    expect(data.meetings).toMatchObject([{ code: meeting.code, title: 'Hers' }]);
    expect(data.memberships).toHaveLength(2);
    const actions = data.auditEvents.map(({ action }) => action);
    expect(actions.sort()).toEqual(['account.exported', 'meeting.created', 'session.started']);
    for (const [part, rows] of Object.entries(data)) {
      if (Array.isArray(rows)) expect({ part, empty: rows.length === 0 }).toEqual({ part, empty: false });
    }
    const secrets = [key.headers.authorization?.slice(7), webhook?.secret, meeting.hostToken, meeting.hostTokenHash];
    for (const secret of secrets) expect(response.body).not.toContain(secret);
    expect(response.body).not.toMatch(/hash|secret/i);
    const other = await newPerson(server);
    expect((await ask(other, 'GET', '/v1/me/export')).body).not.toContain(person.userId);
  });

  it('is deleted with the account: no row of any table has the id, the address or the name', async () => {
    const { person } = await everywhere();
    expect((await ask(person, 'DELETE', '/v1/me')).statusCode).toBe(204);
    for (const table of tables) {
      const name = getTableName(table);
      if (name in kept) continue;
      const rows = JSON.stringify(await server.queries.select().from(table));
      for (const trace of [person.userId, person.email, person.name]) {
        expect({ name, trace, there: rows.includes(trace) }).toEqual({ name, trace, there: false });
      }
    }
  });
});
