import { apiKeysSchema, joinMeetingResponseSchema, joinTokenClaimsSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newApiKey, newMeeting, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, newDataFolder, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { admissions, apiKeys } from '../database/schema.js';
import { readConfiguredKeys } from './configured-keys.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, asker: Asker, payload?: object) =>
  server.api.fastify.inject({ method, url, headers: asker.headers, payload, remoteAddress: newAddress() });
const asKey = (secret: string): Asker => ({ headers: { authorization: `Bearer ${secret}` } });

describe('API keys of a user', () => {
  it('are shown once, work at once and end when they are removed', async () => {
    const person = await newPerson(server);
    const made = await ask('POST', '/v1/api-keys', person, { name: 'Calendar' });
    expect(made.statusCode).toBe(201);
    const { apiKey, secret } = made.json();
    expect(secret).toMatch(new RegExp(`^wbk_${apiKey.id}_[\\w-]{43}$`));
    expect(apiKey).toMatchObject({ name: 'Calendar', expiresAt: null, lastUsedAt: null });
    const [row] = await server.queries.select().from(apiKeys).where(eq(apiKeys.id, apiKey.id));
    expect(JSON.stringify(row)).not.toContain(secret.slice(-43));

    const meeting = await newMeeting(server, person);
    const token = () => ask('POST', `/v1/meetings/${meeting.code}/join-tokens`, asKey(secret), { name: 'Guest' });
    expect((await token()).statusCode).toBe(201);
    const listed = apiKeysSchema.parse((await ask('GET', '/v1/api-keys', person)).json());
    expect(listed.items).toEqual([{ ...apiKey, lastUsedAt: new Date(server.clock.date()).toISOString() }]);
    expect(JSON.stringify(listed)).not.toContain(secret.slice(-43));

    const removed = await ask('DELETE', `/v1/api-keys/${apiKey.id}`, person);
    expect([removed.statusCode, removed.body]).toEqual([204, '']);
    expectProblem(await token(), 'token.invalid');
    expectProblem(await ask('DELETE', `/v1/api-keys/${apiKey.id}`, person), 'api_key.not_found');
  });

  it('expire', async () => {
    const person = await newPerson(server);
    const { secret } = (await ask('POST', '/v1/api-keys', person, { name: 'Short', expiresIn: 60 })).json();
    const look = () => ask('GET', '/v1/meetings/abc-defg-hjk', asKey(secret));
    expectProblem(await look(), 'meeting.not_found');
    await server.clock.advance(60_000);
    expectProblem(await look(), 'token.expired');
  });

  it('are visible to their user only', async () => {
    const [owner, other] = [await newPerson(server), await newPerson(server)];
    const { id } = await newApiKey(server, owner.userId);
    expectProblem(await ask('DELETE', `/v1/api-keys/${id}`, other), 'api_key.not_found');
    expect((await ask('GET', '/v1/api-keys', other)).json().items).toEqual([]);
    expectProblem(await ask('GET', '/v1/api-keys', nobody), 'account.required');
    // A key cannot create others: after a loss its owner could not revoke them all.
    const key = await newApiKey(server, owner.userId);
    expectProblem(await ask('POST', '/v1/api-keys', key, { name: 'More' }), 'permission.denied');
  });

  it('are at most fifty, and listed by pages, the newest first', async () => {
    const person = await newPerson(server);
    for (let n = 0; n < 49; n += 1) {
      await newApiKey(server, person.userId);
      if (n % 10 === 0) await server.clock.advance(1000);
    }
    const both = await Promise.all([1, 2].map((n) => ask('POST', '/v1/api-keys', person, { name: `Key ${n}` })));
    expect(both.map((answer) => answer.statusCode).sort()).toEqual([201, 429]);
    const seen: { id: string; createdAt: string }[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: typeof seen; nextCursor: string | null } = (
        await ask('GET', `/v1/api-keys?limit=20${cursor && `&cursor=${cursor}`}`, person)
      ).json();
      seen.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(50);
    const times = seen.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
  });
});

describe('join tokens of a back end', () => {
  it('contain the chosen grants, and yield a participant that can be moderated', async () => {
    const person = await newPerson(server);
    const key = await newApiKey(server, person.userId);
    const meeting = await newMeeting(server, person, {
      passwordHash: 'not required',
      locked: true,
      waitingRoom: true,
      settings: { shareScreen: 'moderators' },
    });
    const answer = await ask('POST', `/v1/meetings/${meeting.code}/join-tokens`, key, {
      name: 'Speaker',
      role: 'member',
      grants: { subscribe: false },
      metadata: { 'crm.id': '42' },
      expiresIn: 600,
    });
    expect(answer.statusCode).toBe(201);
    const made = joinMeetingResponseSchema.parse(answer.json());
    expect(made).toMatchObject({
      status: 'admitted',
      expiresIn: 600,
      signalling: ['http://localhost:80'],
      meeting: { code: meeting.code },
    });
    const claims = joinTokenClaimsSchema.parse(decodeJwt(made.token));
    expect(claims).toMatchObject({ sub: made.participantId, roomId: meeting.id, name: 'Speaker', role: 'member' });
    expect(claims.exp - claims.iat).toBe(600);
    expect(claims.grants).toEqual({
      publish: ['microphone', 'camera'],
      subscribe: false,
      moderate: false,
      hidden: false,
      sendData: true,
    });
    expect(claims.metadata).toEqual({ 'crm.id': '42' });
    const [row] = await server.queries.select().from(admissions).where(eq(admissions.id, made.participantId));
    expect(row).toMatchObject({
      state: 'admitted',
      tokenId: claims.jti,
      tokenExpiresAt: new Date(claims.exp * 1000),
      ownGrants: { subscribe: false },
      network: `api:${made.participantId}`,
      userId: null,
    });
  });

  it('publish nothing when hidden, whatever the grants', async () => {
    const person = await newPerson(server);
    const key = await newApiKey(server, person.userId);
    const meeting = await newMeeting(server, person);
    const grants = { hidden: true, publish: ['camera'] };
    const answer = await ask('POST', `/v1/meetings/${meeting.code}/join-tokens`, key, { name: 'Recorder', grants });
    const claims = joinTokenClaimsSchema.parse(decodeJwt(answer.json().token));
    expect(claims.grants).toMatchObject({ hidden: true, publish: [], subscribe: true });
  });

  it('are for the owner’s keys only', async () => {
    const person = await newPerson(server);
    const meeting = await newMeeting(server, person);
    const url = `/v1/meetings/${meeting.code}/join-tokens`;
    const foreign = await newApiKey(server, (await newPerson(server)).userId);
    expectProblem(await ask('POST', url, foreign, { name: 'A' }), 'meeting.not_found');
    expectProblem(await ask('POST', url, person, { name: 'A' }), 'permission.denied');
    expectProblem(await ask('POST', url, nobody, { name: 'A' }), 'account.required');
    const archived = await newMeeting(server, person, { archivedAt: new Date(server.clock.date()) });
    const own = await newApiKey(server, person.userId);
    expectProblem(
      await ask('POST', `/v1/meetings/${archived.code}/join-tokens`, own, { name: 'A' }),
      'meeting.archived',
    );
    for (const body of [
      { name: 'A', role: 'host' },
      { name: 'A', grants: { fly: true } },
      { name: 'A', expiresIn: 3601 },
    ]) {
      expectProblem(await ask('POST', url, own, body), 'request.invalid');
    }
  });
});

describe('API keys of the settings', () => {
  const first = `wbk_calendar_${'a'.repeat(32)}`;
  const second = `wbk_calendar_${'b'.repeat(32)}`;

  it(
    'exist from the start, keep their data with a new secret, and end with the setting',
    async () => {
      const dataDir = await newDataFolder();
      const withKeys = async (apiKeys: string[], test: (server: ServerUnderTest) => Promise<void>) => {
        const started = await startServer({ dataDir, apiKeys: apiKeys.map((secret) => ({ secret })) });
        try {
          await test(started);
        } finally {
          await started.close();
        }
      };
      let code = '';
      const issue = (started: ServerUnderTest, secret: string) =>
        started.api.fastify.inject({
          method: 'POST',
          url: `/v1/meetings/${code}/join-tokens`,
          headers: asKey(secret).headers,
          payload: { name: 'A' },
        });
      await withKeys([first], async (started) => {
        code = (await newMeeting(started, undefined, { owner: 'key:calendar' })).code;
        expect((await issue(started, first)).statusCode).toBe(201);
      });
      await withKeys([second, `wbk_other_${'c'.repeat(40)}`], async (started) => {
        expect((await issue(started, second)).statusCode).toBe(201);
        expectProblem(await issue(started, first), 'token.invalid');
      });
      await withKeys([], async (started) => {
        expectProblem(await issue(started, second), 'token.invalid');
      });
    },
    STARTING,
  );

  it('are refused when malformed or of the same name, without revealing their secret', () => {
    for (const wrong of [`wbk_Calendar_${'a'.repeat(32)}`, `wbk_a_${'a'.repeat(31)}`, 'a'.repeat(40), '']) {
      expect(() => readConfiguredKeys([{ secret: wrong }])).toThrow(/^API key 1 of the settings is not wbk_<name>_</);
    }
    expect(() => readConfiguredKeys([{ secret: first }, { secret: second }])).toThrow(
      'Two API keys of the settings are called calendar',
    );
  });
});
