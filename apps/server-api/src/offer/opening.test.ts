import type { Opening } from '@waterbus/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { type Asker, hostTokenAsker, newApiKey, newCaller, newMeeting, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { newSecret } from '../access/secrets.js';
import { inviteLinks, members } from '../database/schema.js';
import { userOfIdentity } from '../oidc/sign-in-user.js';
import type { ApiParts } from '../parts.js';

let server: ServerUnderTest;
afterEach(() => server.close());

let opened: Partial<Opening> = {};
const open = async (opening: Partial<Opening> = {}, more: object = {}) => {
  opened = opening;
  server = await startServer({ opening, ...more });
};
const ask = (method: 'GET' | 'POST', url: string, asker: Asker = nobody, payload?: object) =>
  server.api.fastify.inject({ method, url, headers: asker.headers, remoteAddress: newAddress(), payload });

let people = 0;
const register = (more: object = {}) =>
  ask('POST', '/v1/accounts', nobody, {
    email: `new-${++people}@example.org`,
    password: 'correct horse battery',
    name: 'Ada',
    ...more,
  });
const create = (asker: Asker) => ask('POST', '/v1/meetings', asker, { title: 'Planning' });

describe('the offer of a server', () => {
  it(
    'is everything unless the settings restrict it, and is public',
    async () => {
      await open();
      const everything = {
        registration: 'open',
        meetingCreation: 'everybody',
        guests: true,
        mail: false,
        files: { largest: 26_214_400, types: [] },
      };
      expect((await ask('GET', '/v1/server')).json()).toEqual(everything);
      expect((await register()).statusCode).toBe(201);
      await server.close();
      await open({ registration: 'closed', meetingCreation: 'keys', guests: false });
      const nothing = { ...everything, registration: 'closed', meetingCreation: 'keys', guests: false };
      expect((await ask('GET', '/v1/server')).json()).toEqual(nothing);
    },
    STARTING,
  );
});

describe('registration', () => {
  it(
    'closed: impossible, and existing accounts sign in as before',
    async () => {
      await open({ registration: 'closed' });
      expectProblem(await register(), 'account.registration_closed');
      await expect(signedInByProvider('a@example.org')).rejects.toThrow('account.registration_closed');
      const person = await newPerson(server, { email: 'there@example.org', emailVerifiedAt: new Date(0) });
      expect(await signedInByProvider('there@example.org')).toBe(person.userId);
    },
    STARTING,
  );

  it(
    'provider: by an identity provider only',
    async () => {
      await open({ registration: 'provider' });
      expectProblem(await register(), 'account.registration_closed');
      expect(await signedInByProvider('a@example.org')).toBeTruthy();
    },
    STARTING,
  );

  it(
    'invited: with the valid token of an invitation or a link, or with an invited and verified address',
    async () => {
      await open({ registration: 'invited' });
      const meeting = await newMeeting(server);
      const [invitation, link, spent] = [newSecret(), newSecret(), newSecret()];
      const createdAt = new Date(server.clock.date());
      const role = 'member' as const;
      await server.queries.insert(members).values({
        meetingId: meeting.id,
        email: 'invited@example.org',
        role,
        state: 'invited',
        tokenHash: invitation.hash,
        createdAt,
      });
      const expiresAt = new Date(server.clock.date() + 60_000);
      await server.queries.insert(inviteLinks).values([
        { meetingId: meeting.id, tokenHash: link.hash, role, expiresAt, createdAt },
        { meetingId: meeting.id, tokenHash: spent.hash, role, uses: 1, maxUses: 1, expiresAt, createdAt },
      ]);
      expectProblem(await register(), 'account.registration_closed');
      // The answer does not reveal that an address is invited.
      expectProblem(await register({ email: 'invited@example.org' }), 'account.registration_closed');
      expectProblem(await register({ invitationToken: 'wrong' }), 'account.registration_closed');
      expectProblem(await register({ invitationToken: spent.secret }), 'account.registration_closed');
      expect((await register({ invitationToken: link.secret })).statusCode).toBe(201);
      expect((await register({ invitationToken: invitation.secret })).statusCode).toBe(201);
      await expect(signedInByProvider('other@example.org')).rejects.toThrow('account.registration_closed');
      await expect(signedInByProvider('invited@example.org', false)).rejects.toThrow('account.registration_closed');
      expect(await signedInByProvider('invited@example.org')).toBeTruthy();
      await server.clock.advance(60_000);
      expectProblem(await register({ invitationToken: link.secret }), 'account.registration_closed');
    },
    STARTING,
  );
});

describe('creating meetings', () => {
  it(
    'is for everybody, for accounts, or for the keys of the settings',
    async () => {
      const configured = `wbk_crm_${'a'.repeat(32)}`;
      const outcomes: Record<string, (number | string)[]> = {};
      for (const meetingCreation of ['everybody', 'accounts', 'keys'] as const) {
        await open({ meetingCreation }, { apiKeys: [{ secret: configured }] });
        const person = await newPerson(server);
        const key = await newApiKey(server, person.userId);
        const others = [nobody, hostTokenAsker(await newMeeting(server)), person, key];
        const answers = [];
        for (const asker of [...others, { headers: { authorization: `Bearer ${configured}` } }]) {
          const response = await create(asker);
          answers.push(response.statusCode === 201 ? 201 : response.json().code);
        }
        outcomes[meetingCreation] = answers;
        if (meetingCreation !== 'keys') await server.close();
      }
      const denied = 'permission.denied';
      expect(outcomes).toEqual({
        everybody: [201, 201, 201, 201, 201],
        accounts: ['account.required', 'account.required', 201, 201, 201],
        keys: [denied, denied, denied, denied, 201],
      });
    },
    STARTING,
  );
});

describe('guests', () => {
  it(
    'do not join if the server excludes them, whatever the meeting’s settings; host tokens and back ends do',
    async () => {
      await open({ guests: false });
      const meeting = await newMeeting(server);
      const join = (asker: Asker, more: object = {}) =>
        ask('POST', `/v1/meetings/${meeting.code}/join`, asker, { name: 'Ada', ...more });
      const person = await newPerson(server);
      expectProblem(await join(nobody), 'account.required');
      expectProblem(await join(await newApiKey(server, person.userId)), 'account.required');
      expectProblem(await join(await newCaller(server, meeting)), 'account.required');
      expect((await ask('GET', `/v1/meetings/${meeting.code}`)).statusCode).toBe(200);
      expect((await join(person)).statusCode).toBe(200);
      expect((await join(hostTokenAsker(meeting))).statusCode).toBe(200);
      expect((await join(nobody, { hostToken: meeting.hostToken })).statusCode).toBe(200);
      const owned = await newMeeting(server, person);
      const vouched = await ask(
        'POST',
        `/v1/meetings/${owned.code}/join-tokens`,
        await newApiKey(server, person.userId),
        {
          name: 'Guest',
          role: 'guest',
        },
      );
      expect(vouched.statusCode).toBe(201);
    },
    STARTING,
  );
});

/** Simulates a sign-in through an identity provider, without the provider. */
async function signedInByProvider(email: string, emailVerified = true): Promise<string> {
  const limits = { count: async () => {}, allows: async () => false };
  const { queries, clock } = server;
  const parts = { options: { opening: opened }, queries, clock, limits, log: console } as unknown as ApiParts;
  return userOfIdentity(
    parts,
    { issuer: 'https://id.example', subject: email, email, emailVerified, name: 'Ada' },
    '::1',
  );
}
