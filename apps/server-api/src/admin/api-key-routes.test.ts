import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWithAdministrator } from '../../test/administrator.js';
import { type Asker, newApiKey, newPerson, type Person } from '../../test/people.js';
import { type ServerUnderTest, STARTING } from '../../test/server.js';
import { auditEvents } from '../database/schema.js';

let server: ServerUnderTest;
let root: Person;

beforeAll(async () => {
  ({ server, root } = await startWithAdministrator());
}, STARTING);
afterAll(() => server.close());

const ask = (method: 'GET' | 'DELETE', url: string, { headers }: Asker = root) =>
  server.api.fastify.inject({ method, url: `/v1/${url}`, headers });

it('lists API keys with their owners, without secrets, and revokes those of users', async () => {
  const user = await newPerson(server);
  const [own, configured] = [await newApiKey(server, user.userId), await newApiKey(server, null)];
  const answer = await ask('GET', 'admin/api-keys');
  const owner = { id: user.userId, name: user.name, email: user.email };
  const shown = { name: 'Back end', createdAt: expect.any(String), expiresAt: null, lastUsedAt: null };
  const expected = [
    { id: own.id, owner, ...shown },
    { id: configured.id, owner: null, ...shown },
  ];
  expect(answer.json().items).toEqual(expected.sort((a, b) => (a.id < b.id ? -1 : 1)));

  expect((await ask('DELETE', `admin/api-keys/${configured.id}`)).json().code).toBe('api_key.not_found');
  expect((await ask('GET', 'webhooks', own)).statusCode).toBe(200);
  expect((await ask('DELETE', `admin/api-keys/${own.id}`)).statusCode).toBe(204);
  expect((await ask('GET', 'webhooks', own)).json().code).toBe('token.invalid');
  expect((await ask('DELETE', `admin/api-keys/${own.id}`)).json().code).toBe('api_key.not_found');
  const events = await server.queries.select().from(auditEvents).where(eq(auditEvents.userId, user.userId));
  expect(events).toMatchObject([
    { action: 'api-key.removed', actorKind: 'administrator', actorId: root.userId, target: own.id },
  ]);
});

it('lists them page by page, in the order of ids', async () => {
  const user = await newPerson(server);
  for (let key = 0; key < 4; key++) await newApiKey(server, user.userId);
  const ids: string[] = [];
  for (let cursor = ''; ids.length < 20; ) {
    const { items, nextCursor } = (await ask('GET', `admin/api-keys?limit=2${cursor}`)).json();
    ids.push(...items.map(({ id }: { id: string }) => id));
    if (nextCursor === null) break;
    cursor = `&cursor=${nextCursor}`;
  }
  expect(ids).toEqual((await ask('GET', 'admin/api-keys')).json().items.map(({ id }: { id: string }) => id));
  expect(ids).toEqual([...new Set(ids)].sort());
});
