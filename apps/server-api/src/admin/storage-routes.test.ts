import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWithAdministrator } from '../../test/administrator.js';
import { newPerson, type Person } from '../../test/people.js';
import { type ServerUnderTest, STARTING } from '../../test/server.js';

let server: ServerUnderTest;
let root: Person;

beforeAll(async () => {
  ({ server, root } = await startWithAdministrator());
}, STARTING);
afterAll(() => server.close());

const ask = () => server.api.fastify.inject({ url: '/v1/admin/storage', headers: root.headers });

it('returns the size of the database, and of its tables with their rows', async () => {
  for (let person = 0; person < 3; person++) await newPerson(server);
  const storage = (await ask()).json();
  expect(storage).toMatchObject({ database: 'embedded', bytes: expect.any(Number) });
  const sizes: number[] = storage.tables.map(({ bytes }: { bytes: number }) => bytes);
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  const sum = sizes.reduce((total, bytes) => total + bytes, 0);
  expect([sum > 0, storage.bytes > sum]).toEqual([true, true]);
  const rowsOf = (table: string) => storage.tables.find(({ name }: { name: string }) => name === table)?.rows;
  expect([rowsOf('users'), rowsOf('sessions'), rowsOf('meetings')]).toEqual([4, 4, 0]);
});

it('is limited, since it reads small tables in full', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, ask));
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200, 429]));
});
