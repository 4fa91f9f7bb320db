import { signedInSchema } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MailServer, startMailServer } from '../../test/mail-server.js';
import { type Asker, newApiKey, newCaller, newMeeting, newPerson } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, secret, startServer } from '../../test/server.js';
import { ApiTokens } from '../access/access-tokens.js';
import { ownerOfUser } from '../access/principal.js';
import { ADMISSION_AUDIENCE } from '../admission/waiting.js';
import {
  admissions,
  apiKeys,
  identities,
  mailedTokens,
  meetings,
  passkeys,
  recoveryCodes,
  sessions,
  streamKeys,
  totps,
  users,
  webhookEvents,
  webhooks,
} from '../database/schema.js';

/* The test issues every kind of credential to a user, ends them by an event, and tries them all. */

const publicUrl = 'https://meet.example.org';
const password = 'correct horse battery';
const newPassword = 'another battery staple';
let mailServer: MailServer;
let server: ServerUnderTest;
beforeAll(async () => {
  mailServer = await startMailServer();
  server = await startServer({ mail: mailServer.settings, publicUrl, administrators: ['root@example.org'] });
}, STARTING);
afterAll(async () => {
  await server.close();
  await mailServer.close();
});

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const ask = (method: Method, url: string, asker: Asker, payload?: object) =>
  server.api.fastify.inject({ method, url, headers: asker.headers, remoteAddress: newAddress(), payload });
const bearer = (token: string): Asker => ({ headers: { authorization: `Bearer ${token}` } });
const nobody: Asker = { headers: {} };

let people = 0;

/** A user with one of each, and a function to try each: true means that it still counts. */
async function everythingIssued() {
  const email = `owner-${++people}@example.org`;
  const { user, tokens } = signedInSchema.parse(
    (await ask('POST', '/v1/accounts', nobody, { email, password, name: 'Ada' })).json(),
  );
  const userId = user.id;
  const now = new Date(server.clock.date());
  await server.queries.update(users).set({ emailVerifiedAt: now }).where(eq(users.id, userId));
  const second = (await ask('POST', '/v1/sessions', nobody, { email, password })).json().tokens;
  const key = (await ask('POST', '/v1/api-keys', bearer(tokens.accessToken), { name: 'Back end' })).json().secret;
  const url = 'https://hooks.example.org/waterbus';
  expect((await ask('POST', '/v1/webhooks', bearer(tokens.accessToken), { url, events: [] })).statusCode).toBe(201);
  const made = (await ask('POST', '/v1/meetings', bearer(key), { title: 'By the key' })).json();
  const meeting = (await server.queries.select().from(meetings).where(eq(meetings.code, made.meeting.code)))[0];
  if (!meeting) throw new Error('no meeting');
  const stream = await ask('POST', `/v1/meetings/${meeting.code}/stream-keys`, bearer(key), { name: 'Encoder' });
  expect(stream.statusCode).toBe(201);
  await server.queries
    .insert(identities)
    .values({ issuer: 'https://id.example', subject: userId, userId, createdAt: now });
  await server.queries.insert(passkeys).values({
    id: `passkey-${userId}`,
    userId,
    name: 'Key',
    publicKey: '',
    counter: 0,
    transports: [],
    backedUp: false,
    createdAt: now,
  });
  await server.queries.insert(totps).values({ userId, secret: 'encrypted', confirmedAt: now, createdAt: now });
  await server.queries.insert(recoveryCodes).values({ userId, hash: 'one' });
  const waitingSignIn = (await ask('POST', '/v1/sessions', nobody, { email, password })).json().secondFactor.token;
  const elsewhere = await newMeeting(server);
  const calls = {
    'place in a call': await newCaller(server, elsewhere, { userId }),
    'place by an API key': await newCaller(server, meeting, { role: 'moderator', network: 'api:1' }),
    'place by a host token': await newCaller(server, meeting, { role: 'host' }),
  };
  const bystander = await newCaller(server, elsewhere);
  await server.queries.insert(admissions).values({
    id: `waiting-${userId}`,
    meetingId: elsewhere.id,
    userId,
    name: 'Ada',
    role: 'guest',
    network: '192.0.2.1',
    state: 'waiting',
    seenAt: now,
    createdAt: now,
  });
  const admission = await new ApiTokens(secret, server.clock).sign(
    ADMISSION_AUDIENCE,
    { sub: `waiting-${userId}` },
    60,
  );
  const joinToken = await ask('POST', `/v1/meetings/${elsewhere.code}/join`, bearer(tokens.accessToken), {
    name: 'Ada',
  });
  const jti = JSON.parse(Buffer.from(joinToken.json().token.split('.')[1], 'base64url').toString()).jti;
  await ask('POST', '/v1/password-resets', nobody, { email });
  const mail = async () => {
    const sent = () =>
      mailServer.mails.findLast(({ recipients, text }) => recipients[0] === email && /new password/.test(text));
    const arrived = async () => {
      await server.clock.advance(2000);
      return sent();
    };
    await expect.poll(arrived, { timeout: 20_000 }).toBeTruthy();
    return sent()?.token ?? '';
  };
  const counts = async (asker: Asker, path = '/v1/meetings') => (await ask('GET', path, asker)).statusCode === 200;
  const some = async (
    table: Parameters<typeof server.queries.$count>[0],
    where: Parameters<typeof server.queries.$count>[1],
  ) => (await server.queries.$count(table, where)) > 0;
  const tried: Record<string, () => Promise<boolean>> = {
    'access token': () => counts(bearer(second.accessToken)),
    'access token that asks': () => counts(bearer(tokens.accessToken)),
    'refresh token': async () => some(sessions, eq(sessions.userId, userId)),
    'API key': () => counts(bearer(key)),
    webhook: () => some(webhooks, eq(webhooks.owner, ownerOfUser(userId))),
    identity: () => some(identities, eq(identities.userId, userId)),
    passkey: () => some(passkeys, eq(passkeys.userId, userId)),
    'authenticator app': () => some(totps, eq(totps.userId, userId)),
    'recovery code': () => some(recoveryCodes, eq(recoveryCodes.userId, userId)),
    'sign-in that waits for a second factor': async () => {
      const proof = { token: waitingSignIn, recoveryCode: 'wrong' };
      return (await ask('POST', '/v1/sessions/second-factor', nobody, proof)).json().code !== 'token.invalid';
    },
    'mailed token': () => some(mailedTokens, eq(mailedTokens.userId, userId)),
    'stream key': () => some(streamKeys, eq(streamKeys.meetingId, meeting.id)),
    'host token': () => counts(bearer(made.hostToken), `/v1/meetings/${meeting.code}`),
    'admission token': async () => {
      // Requested only after the decision: otherwise the answer takes a while.
      if (await some(admissions, and(eq(admissions.id, `waiting-${userId}`), eq(admissions.state, 'waiting'))))
        return true;
      return (await ask('GET', '/v1/admissions/current', bearer(admission))).json().status !== 'denied';
    },
    'join token': () => server.cluster.tokens.use(jti, server.clock.date() + 60_000),
  };
  for (const [name, caller] of Object.entries(calls)) {
    const path = `/v1/meetings/${(name === 'place in a call' ? elsewhere : meeting).code}/participants`;
    tried[name] = async () => {
      const home = await server.cluster.rooms.home(
        name === 'place in a call' ? elsewhere.id : meeting.id,
        caller.participantId,
      );
      return home !== undefined || counts(caller, path);
    };
  }
  return { userId, email, tokens, tried, mail, bystander, elsewhere };
}

type Issued = Awaited<ReturnType<typeof everythingIssued>>;

async function left({ tried }: Issued): Promise<string[]> {
  const names: string[] = [];
  for (const [name, counts] of Object.entries(tried)) if (await counts()) names.push(name);
  return names;
}

describe('earlier credentials', () => {
  it(
    'do not count after a password was reset by mail',
    async () => {
      const issued = await everythingIssued();
      const token = await issued.mail();
      const reset = await ask('POST', '/v1/password-resets/confirm', nobody, { token, newPassword });
      expect(reset.statusCode).toBe(204);
      // These cannot sign in alone, and mail alone must not bypass them.
      expect(await left(issued)).toEqual(['authenticator app', 'recovery code']);
      expect(await server.queries.$count(webhookEvents, eq(webhookEvents.owner, ownerOfUser(issued.userId)))).toBe(0);
      expect(await server.queries.$count(apiKeys, eq(apiKeys.userId, issued.userId))).toBe(0);
      expect(issued.bystander.commands).toEqual([]);
      const again = await ask('POST', '/v1/sessions', nobody, { email: issued.email, password: newPassword });
      expect(again.statusCode).toBe(202);
      // If the address was never verified before, the second factor may belong to another person.
      const unproven = await everythingIssued();
      await server.queries.update(users).set({ emailVerifiedAt: null }).where(eq(users.id, unproven.userId));
      const first = { token: await unproven.mail(), newPassword };
      expect((await ask('POST', '/v1/password-resets/confirm', nobody, first)).statusCode).toBe(204);
      expect(await left(unproven)).toEqual([]);
    },
    STARTING,
  );

  it(
    'of machines and other ways to sign in still count after a change of the password',
    async () => {
      const issued = await everythingIssued();
      await issued.mail();
      const change = { currentPassword: password, newPassword };
      expect((await ask('PUT', '/v1/me/password', bearer(issued.tokens.accessToken), change)).statusCode).toBe(204);
      expect((await left(issued)).sort()).toEqual(
        [
          'API key',
          'access token that asks',
          'admission token',
          'host token',
          'identity',
          'join token',
          'mailed token',
          'passkey',
          'authenticator app',
          'recovery code',
          'place by a host token',
          'place by an API key',
          'place in a call',
          'refresh token',
          'stream key',
          'webhook',
        ].sort(),
      );
    },
    STARTING,
  );

  it(
    'end for people, but not for machines, after signing out everywhere',
    async () => {
      const issued = await everythingIssued();
      await issued.mail();
      expect((await ask('DELETE', '/v1/sessions', bearer(issued.tokens.accessToken))).statusCode).toBe(204);
      expect((await left(issued)).sort()).toEqual(
        [
          'API key',
          'host token',
          'identity',
          'mailed token',
          'passkey',
          'authenticator app',
          'recovery code',
          'place by a host token',
          'place by an API key',
          'stream key',
          'webhook',
        ].sort(),
      );
    },
    STARTING,
  );

  it(
    'end for people while their account is disabled, and API keys rest',
    async () => {
      const issued = await everythingIssued();
      await issued.mail();
      const emailVerifiedAt = new Date(server.clock.date());
      const root = await newPerson(server, { email: 'root@example.org', emailVerifiedAt });
      const setDisabled = (disabled: boolean) => ask('PATCH', `/v1/admin/users/${issued.userId}`, root, { disabled });
      expect((await setDisabled(true)).statusCode).toBe(200);
      const rest = [
        'host token',
        'identity',
        'passkey',
        'authenticator app',
        'recovery code',
        'place by a host token',
        'place by an API key',
        'stream key',
        'webhook',
      ];
      expect((await left(issued)).sort()).toEqual(rest.sort());
      expect(issued.bystander.commands).toEqual([]);
      expect((await setDisabled(false)).statusCode).toBe(200);
      expect((await left(issued)).sort()).toEqual([...rest, 'API key'].sort());
    },
    STARTING,
  );
});

describe('API keys and webhooks', () => {
  it('require a verified address if the server sends mail, or an identity provider', async () => {
    const url = 'https://hooks.example.org/waterbus';
    const both = async (person: Asker) => [
      (await ask('POST', '/v1/api-keys', person, { name: 'Key' })).json().code,
      (await ask('POST', '/v1/webhooks', person, { url, events: [] })).json().code,
    ];
    const person = await newPerson(server);
    expect(await both(person)).toEqual(['account.not_verified', 'account.not_verified']);
    const createdAt = new Date(server.clock.date());
    await server.queries
      .insert(identities)
      .values({ issuer: 'https://id.example', subject: 'one', userId: person.userId, createdAt });
    expect(await both(person)).toEqual([undefined, undefined]);
    expect(await both(await newPerson(server, { emailVerifiedAt: createdAt }))).toEqual([undefined, undefined]);
  });

  it(
    'are available to all if nobody can verify an address',
    async () => {
      const mailless = await startServer();
      try {
        const person = await newPerson(mailless);
        const made = await mailless.api.fastify.inject({
          method: 'POST',
          url: '/v1/api-keys',
          headers: person.headers,
          payload: { name: 'Key' },
        });
        expect(made.statusCode).toBe(201);
      } finally {
        await mailless.close();
      }
    },
    STARTING,
  );

  it('are not created with a key or session that ended in the meantime', async () => {
    const person = await newPerson(server, { emailVerifiedAt: new Date(server.clock.date()) });
    const key = await newApiKey(server, person.userId);
    const made = await ask('POST', '/v1/meetings', key, { title: 'Before' });
    expect(made.statusCode).toBe(201);
    await server.queries.delete(apiKeys).where(eq(apiKeys.id, key.id));
    expectProblem(await ask('POST', '/v1/meetings', key, { title: 'After' }), 'token.invalid');
  });
});
