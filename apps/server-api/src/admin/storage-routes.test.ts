import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWithAdministrator } from '../../test/administrator.js';
import { newMeeting, newPerson, type Person } from '../../test/people.js';
import { type ServerUnderTest, STARTING } from '../../test/server.js';
import { ownerOfUser } from '../access/principal.js';
import { qualityMinutes, webhookEvents } from '../database/schema.js';

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

it('returns the number and size of pictures, and the oldest row of tables with a retention', async () => {
  const now = server.clock.date();
  const meeting = await newMeeting(server);
  const minute = Math.floor(now / 60_000) - 60;
  for (const one of [minute, minute + 1])
    await server.queries.insert(qualityMinutes).values(qualityRow(meeting.id, one));
  const owner = ownerOfUser(root.userId);
  for (const age of [1, 5]) {
    const row = { owner, type: 'meeting.ended', data: {}, createdAt: new Date(now - age * 86_400_000) } as const;
    await server.queries.insert(webhookEvents).values(row);
  }
  const png = Buffer.from(PNG, 'base64');
  const stored = await server.api.fastify.inject({
    method: 'PUT',
    url: '/v1/me/avatar',
    headers: { ...root.headers, 'content-type': 'image/png' },
    payload: png,
  });
  expect(stored.statusCode).toBe(200);
  const storage = (await ask()).json();
  const oldestOf = (table: string) => storage.tables.find(({ name }: { name: string }) => name === table)?.oldest;
  expect(oldestOf('quality_minutes')).toBe(new Date(minute * 60_000).toISOString());
  expect(oldestOf('webhook_events')).toBe(new Date(now - 5 * 86_400_000).toISOString());
  expect(oldestOf('sessions')).toEqual(expect.any(String));
  expect([oldestOf('mails'), oldestOf('users')]).toEqual([null, null]);
  expect(storage.avatars).toEqual({ count: 1, bytes: expect.any(Number), complete: true });
  expect(storage.avatars.bytes).toBeGreaterThan(0);
});

it('is limited, since it reads small tables in full', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, ask));
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200, 429]));
});

function qualityRow(meetingId: string, minute: number): typeof qualityMinutes.$inferInsert {
  const [seconds, none] = [60, 0];
  return {
    ...{ meetingId, minute, seconds, participantId: 'p', uploadBitrate: none, downloadBitrate: none },
    ...{ impairedSeconds: none, quality: none, limitation: none, serverLoss: none, serverDelay: none },
    missingPictures: none,
  };
}

/** One pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
