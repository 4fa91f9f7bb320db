import { randomUUID } from 'node:crypto';
import { eq, inArray } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWithAdministrator } from '../../test/administrator.js';
import {
  type Asker,
  newApiKey,
  newCaller,
  newMeeting,
  newMember,
  newPerson,
  nobody,
  type Person,
} from '../../test/people.js';
import { type ServerUnderTest, STARTING } from '../../test/server.js';
import { hashPassword } from '../access/password.js';
import { auditEvents, users } from '../database/schema.js';

let server: ServerUnderTest;
let root: Person;
const OTHER = randomUUID();
const BOSS = randomUUID();
const DELETED = randomUUID();
/** Runs once, after the guard has accepted the next request. */
let afterGuard: (() => Promise<unknown>) | undefined;

beforeAll(async () => {
  ({ server, root } = await startWithAdministrator([OTHER, BOSS, DELETED]));
  server.api.fastify.addHook('preHandler', async () => {
    const run = afterGuard;
    afterGuard = undefined;
    await run?.();
  });
}, STARTING);
afterAll(() => server.close());

const ask = (method: 'GET' | 'POST' | 'DELETE' | 'PATCH', url: string, payload?: object, { headers }: Asker = root) =>
  server.api.fastify.inject({ method, url: `/v1/${url}`, headers: { ...headers }, ...(payload && { payload }) });
const eventsOf = ({ userId }: Person) =>
  server.queries.select().from(auditEvents).where(eq(auditEvents.userId, userId));

it('finds users by a part of their name or address, without wildcards', async () => {
  const grace = await newPerson(server, { name: 'Grace Hopper', email: 'grace_1@example.org' });
  await newPerson(server, { name: 'Grace Kelly', email: 'graceX1@example.org' });
  const found = async (search: string) =>
    (await ask('GET', `admin/users?search=${encodeURIComponent(search)}`)).json().items;
  expect(await found('hOPP')).toEqual([
    {
      ...{ id: grace.userId, email: 'grace_1@example.org', emailVerified: false, name: 'Grace Hopper' },
      ...{ administrator: false, disabledAt: null, createdAt: new Date(server.clock.date()).toISOString() },
    },
  ]);
  expect((await found('grace')).length).toBe(2);
  expect((await found('grace_1')).length).toBe(1);
  expect(await found('%')).toEqual([]);
  expect(await found('root@')).toMatchObject([{ administrator: true, emailVerified: true }]);
});

it('continues a search after its last page', async () => {
  for (const email of ['page-1', 'page-2', 'page-3']) await newPerson(server, { email: `${email}@example.org` });
  const ids: string[] = [];
  for (let cursor = ''; ids.length < 9; ) {
    const { items, nextCursor } = (await ask('GET', `admin/users?search=page-&limit=2${cursor}`)).json();
    ids.push(...items.map(({ id }: { id: string }) => id));
    if (nextCursor === null) break;
    cursor = `&cursor=${nextCursor}`;
  }
  expect([ids.length, new Set(ids).size]).toEqual([3, 3]);
});

it('signs a user out everywhere', async () => {
  const user = await newPerson(server);
  expect((await ask('DELETE', `admin/users/${user.userId}/sessions`)).statusCode).toBe(204);
  expect((await ask('GET', 'me', undefined, user)).json().code).toBe('token.invalid');
  expect(await eventsOf(user)).toMatchObject([
    { action: 'sessions.ended', actorKind: 'administrator', actorId: root.userId },
  ]);
  expect((await ask('DELETE', `admin/users/${randomUUID()}/sessions`)).json().code).toBe('user.not_found');
});

describe('a disabled account', () => {
  const password = 'correct horse battery';
  const setDisabled = (id: string, disabled: boolean, by: Asker = root) =>
    ask('PATCH', `admin/users/${id}`, { disabled }, by);
  const signIn = ({ email }: Person) => ask('POST', 'sessions', { email, password }, nobody);

  it('is refused with sessions, API keys and sign-ins until it is enabled', async () => {
    const user = await newPerson(server, { passwordHash: await hashPassword(password) });
    const key = await newApiKey(server, user.userId);
    const meeting = await newMeeting(server);
    const call = await newCaller(server, meeting, { userId: user.userId });
    expect((await ask('GET', 'webhooks', undefined, key)).statusCode).toBe(200);

    const disabled = await setDisabled(user.userId, true);
    expect(disabled.json()).toMatchObject({ id: user.userId, disabledAt: new Date(server.clock.date()).toISOString() });
    expect((await ask('GET', 'me', undefined, user)).json().code).toBe('token.invalid');
    expect((await ask('GET', 'webhooks', undefined, key)).json().code).toBe('token.invalid');
    expect((await signIn(user)).json()).toMatchObject({ code: 'account.disabled', status: 403 });
    expect(call.commands).toMatchObject([{ type: 'remove', participantId: call.participantId }]);
    const wrong = await ask('POST', 'sessions', { email: user.email, password: 'another' }, nobody);
    expect(wrong.json().code).toBe('account.wrong_credentials');

    expect((await setDisabled(user.userId, true)).statusCode).toBe(200);
    expect((await setDisabled(user.userId, false)).json()).toMatchObject({ disabledAt: null });
    expect((await signIn(user)).statusCode).toBe(201);
    expect((await ask('GET', 'webhooks', undefined, key)).statusCode).toBe(200);
    const actions = (await eventsOf(user)).map(({ action }) => action).sort();
    expect(actions).toEqual(['account.disabled', 'account.enabled', 'session.started']);
  });

  it('is never the own one', async () => {
    expect((await setDisabled(root.userId, true)).json()).toMatchObject({ code: 'user.own', status: 409 });
    expect((await ask('GET', 'me')).statusCode).toBe(200);
    expect((await setDisabled(randomUUID(), true)).json().code).toBe('user.not_found');
  });

  it('leaves one of two administrators that disable each other', async () => {
    const other = await newPerson(server, { id: OTHER });
    afterGuard = () => setDisabled(root.userId, true, other);
    expect((await setDisabled(OTHER, true)).json().code).toBe('token.invalid');
    const rows = await server.queries
      .select()
      .from(users)
      .where(inArray(users.id, [OTHER, root.userId]));
    expect(rows.filter(({ disabledAt }) => disabledAt === null).map(({ id }) => id)).toEqual([OTHER]);
  });
});

describe('deleting an account', () => {
  let boss: Person;
  beforeAll(async () => {
    boss = await newPerson(server, { id: BOSS });
  });
  const remove = (id: string, by: Asker = boss) => ask('DELETE', `admin/users/${id}`, undefined, by);

  it('hands its meetings over, ends its places in calls, and is recorded without a name', async () => {
    const [user, heir] = [await newPerson(server), await newPerson(server)];
    const meeting = await newMeeting(server, user);
    await newMember(server, meeting, heir, 'member');
    const caller = await newCaller(server, meeting, { role: 'member', userId: user.userId });
    expect((await remove(user.userId)).statusCode).toBe(204);
    expect(await server.queries.select().from(users).where(eq(users.id, user.userId))).toEqual([]);
    expect(caller.commands).toMatchObject([{ type: 'remove', reason: 'kicked' }]);
    const members = (await ask('GET', `meetings/${meeting.code}/members`, undefined, heir)).json().items;
    expect(members).toMatchObject([{ user: { id: heir.userId }, role: 'host' }]);
    const [event] = await server.queries.select().from(auditEvents).where(eq(auditEvents.action, 'account.deleted'));
    expect(event).toMatchObject({ actorKind: 'administrator', actorId: boss.userId, userId: null, target: null });
    expect(event?.network).not.toBeNull();
    expect((await remove(user.userId)).json().code).toBe('user.not_found');
  });

  it('is refused for the own one', async () => {
    expect((await remove(boss.userId)).json()).toMatchObject({ status: 409, code: 'user.own' });
  });

  it('does not depend on a password that changed since', async () => {
    const user = await newPerson(server);
    afterGuard = () => server.queries.update(users).set({ passwordHash: 'x' }).where(eq(users.id, user.userId));
    expect((await remove(user.userId)).statusCode).toBe(204);
  });

  it('is not for an administrator who was deleted since', async () => {
    const [user, other] = [await newPerson(server), await newPerson(server, { id: DELETED })];
    afterGuard = () => server.queries.delete(users).where(eq(users.id, other.userId));
    expect((await remove(user.userId, other)).json().code).toBe('token.invalid');
    expect(await server.queries.select().from(users).where(eq(users.id, user.userId))).toHaveLength(1);
  });
});
