import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Asker, newPerson, type Person } from '../../test/people.js';
import { type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { auditEvents } from '../database/schema.js';

let server: ServerUnderTest;
let root: Person;

beforeAll(async () => {
  server = await startServer({ administrators: ['root@example.org'] });
  root = await newPerson(server, { email: 'root@example.org', emailVerifiedAt: new Date(server.clock.date()) });
}, STARTING);
afterAll(() => server.close());

const ask = (method: 'GET' | 'DELETE' | 'PATCH', url: string, payload?: object, { headers }: Asker = root) =>
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
      ...{ administrator: false, createdAt: new Date(server.clock.date()).toISOString() },
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
