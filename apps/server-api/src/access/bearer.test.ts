import { eq } from 'drizzle-orm';
import type { HTTPMethods } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newCaller, newMeeting, newPerson } from '../../test/people.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { admissions, bans, meetings } from '../database/schema.js';
import { defaultLimits } from '../limits/limits.js';

/*
 * An unknown bearer token makes the request unauthenticated at every endpoint, for every sender: it
 * is never read as a guest without an account, whom a ban could not find.
 */

let server: ServerUnderTest;
beforeAll(async () => {
  const unlimited = { count: 1_000_000_000, period: 1000 };
  const limits = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, unlimited]));
  server = await startServer({ limits });
}, STARTING);
afterAll(() => server.close());

const malformed = [
  'Bearer x',
  'Bearer',
  'Bearer ',
  'bearer',
  '',
  'Basic eDp5',
  'x',
  'Bearer wbk_',
  'Bearer wbk_1234_5678',
  'Bearer a.b',
  'Bearer a.b.c',
  'Bearer a b',
  'Bearer ..',
  'Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  `Bearer ${'A'.repeat(4096)}`,
  `Bearer ${'A'.repeat(4097)}`,
  'Bearer null',
  'Bearer é',
];

it(
  'counts at no endpoint when it is malformed or unknown, whether its sender is banned, kicked or sent back',
  async () => {
    const meeting = await newMeeting(server);
    const createdAt = new Date(server.clock.date());
    const [free, banned, kicked, sentBack] = [newAddress(), newAddress(), newAddress(), newAddress()];
    await server.queries.insert(bans).values({ meetingId: meeting.id, network: banned, name: 'Banned', createdAt });
    for (const [network, state] of [[kicked, 'removed'] as const, [sentBack, 'sent-back'] as const]) {
      const { participantId } = await newCaller(server, meeting, { network });
      await server.queries.update(admissions).set({ state }).where(eq(admissions.id, participantId));
    }
    const { paths } = (await server.api.fastify.inject('/docs/json')).json();
    const endpoints = Object.entries<Record<string, { 'x-access': string }>>(paths).flatMap(([url, methods]) =>
      Object.entries(methods)
        .filter(([, described]) => url.startsWith('/v1/') && described['x-access'] !== 'handler')
        .map(([method]) => ({ method: method.toUpperCase() as HTTPMethods, url })),
    );
    expect(endpoints.length).toBeGreaterThan(60);
    // Every endpoint gets every token and a request from every network; not each token from each
    // network.
    const networks = [free, banned, kicked, sentBack];
    for (const [row, { method, url }] of endpoints.entries()) {
      for (const [column, authorization] of malformed.entries()) {
        const response = await server.api.fastify.inject({
          method: method as 'GET',
          url: url.replace('{code}', meeting.code).replace(/\{\w+\}/g, NOBODY),
          remoteAddress: networks[(row + column) % networks.length] ?? free,
          headers: { authorization },
        });
        const answered = [method, url, authorization, response.json().code];
        expect(answered).toEqual([method, url, authorization, 'token.invalid']);
      }
    }
  },
  STARTING,
);

it('does not count when it was the host token of a meeting that was handed over', async () => {
  const host = await newPerson(server);
  const meeting = await newMeeting(server);
  const headers = { authorization: `Bearer ${meeting.hostToken}` };
  const look = () => server.api.fastify.inject({ url: `/v1/meetings/${meeting.code}`, headers });
  expect((await look()).statusCode).toBe(200);
  await server.queries.update(meetings).set({ hostTokenHash: null }).where(eq(meetings.id, meeting.id));
  expect((await look()).json().code).toBe('token.invalid');
  expect((await server.api.fastify.inject({ url: '/v1/me', headers: host.headers })).statusCode).toBe(200);
});

const NOBODY = '00000000-0000-4000-8000-000000000000';
