import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newApiKey, newCaller, newMeeting, newPerson } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { admissions, apiKeys, sessions, users } from '../database/schema.js';

/**
 * Requests that issue a credential, and whose own credential ends after the guard has accepted it:
 * the new one would outlive the end of all credentials.
 */
let server: ServerUnderTest;
let endNow: (() => Promise<unknown>) | undefined;

beforeAll(async () => {
  server = await startServer();
  // Hooks of this kind run after the guard.
  server.api.fastify.addHook('preHandler', async () => {
    await endNow?.();
  });
}, STARTING);
afterAll(() => server.close());

/** Bodies of every request with which a user issues a credential. */
const byUser: Record<string, object> = {
  '/v1/api-keys': { name: 'Back end' },
  '/v1/webhooks': { url: 'https://example.org/hook', events: ['meeting.created'] },
  '/v1/meetings': { title: 'Weekly' },
  '/v1/meetings/{code}/join': { name: 'Ada' },
  '/v1/meetings/{code}/stream-keys': { name: 'Encoder' },
  '/v1/meetings/{code}/invite-links': { expiresIn: 3600 },
  '/v1/meetings/{code}/guest-invitations': { email: 'gus@example.org' },
  '/v1/meetings/{code}/members': { email: 'ben@example.org', role: 'member' },
};

/** And of those with which an API key does. */
const byKey: Record<string, object> = {
  '/v1/meetings': { title: 'Weekly' },
  '/v1/meetings/{code}/join-tokens': { name: 'Ada' },
  '/v1/meetings/{code}/invite-links': { expiresIn: 3600 },
  '/v1/meetings/{code}/stream-keys': { name: 'Encoder' },
};

/** And of those with which a participant of the call does, by its resume token. */
const byParticipant: Record<string, object> = {
  '/v1/meetings/{code}/breakouts/enter': { breakoutId: null },
};

/** These need a password, a mailed token, or another proof that is used up. */
const BY_PROOF = /^\/v1\/(accounts|sessions|identity-providers|me|outside-tests)(\/|$)/;

it('covers every request whose answer holds a secret', async () => {
  const { paths } = (await server.api.fastify.inject('/docs/json')).json();
  const issuing = Object.entries<Record<string, { responses?: Record<string, unknown> }>>(paths)
    .filter(([, { post }]) =>
      /"(\w*[tT]oken|secret)":/.test(JSON.stringify(post?.responses?.['201'] ?? post?.responses?.['200'] ?? {})),
    )
    .map(([url]) => url)
    .filter((url) => !BY_PROOF.test(url));
  expect(issuing.filter((url) => !(url in byUser) && !(url in byKey) && !(url in byParticipant))).toEqual([]);
});

it.each(Object.entries(byUser))('%s issues nothing to a session that has just ended', async (url, payload) => {
  const person = await newPerson(server, { emailVerifiedAt: new Date(server.clock.date()) });
  const ends = server.queries.delete(sessions).where(eq(sessions.id, person.sessionId));
  expectProblem(await asked(url, payload, person, person, () => ends), 'token.invalid');
});

it.each(Object.entries(byKey))('%s issues nothing to an API key that was just deleted', async (url, payload) => {
  const person = await newPerson(server);
  const key = await newApiKey(server, person.userId);
  const ends = server.queries.delete(apiKeys).where(eq(apiKeys.id, key.id));
  expectProblem(await asked(url, payload, person, key, () => ends), 'token.invalid');
});

it.each(Object.entries(byKey))('%s issues nothing to an API key whose user was just disabled', async (url, payload) => {
  const person = await newPerson(server);
  const key = await newApiKey(server, person.userId);
  const disabledAt = new Date(server.clock.date());
  const ends = server.queries.update(users).set({ disabledAt }).where(eq(users.id, person.userId));
  expectProblem(await asked(url, payload, person, key, () => ends), 'token.invalid');
});

it.each(Object.entries(byParticipant))(
  '%s issues nothing to a participant that was just removed',
  async (url, payload) => {
    const meeting = await newMeeting(server, await newPerson(server));
    const { headers, participantId } = await newCaller(server, meeting, { name: 'Ada' });
    const removal = { state: 'removed' as const };
    endNow = async () => server.queries.update(admissions).set(removal).where(eq(admissions.id, participantId));
    const request = { url: url.replace('{code}', meeting.code), headers, payload, remoteAddress: newAddress() };
    const answer = await server.api.fastify.inject({ method: 'POST', ...request });
    endNow = undefined;
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toContain('"token"');
  },
);

async function asked(
  url: string,
  payload: object,
  host: Awaited<ReturnType<typeof newPerson>>,
  { headers }: { headers: { authorization?: string } },
  end: () => PromiseLike<unknown>,
) {
  const { code } = await newMeeting(server, host);
  endNow = async () => end();
  try {
    return await server.api.fastify.inject({
      ...{ method: 'POST', url: url.replace('{code}', code), headers, payload, remoteAddress: newAddress() },
    });
  } finally {
    endNow = undefined;
  }
}
