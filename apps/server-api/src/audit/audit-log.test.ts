// More than 400 lines because it is one table: a case for every action of the catalogue, which its
// first test counts.
import { randomUUID } from 'node:crypto';
import {
  type AccountAuditAction,
  accountAuditActionSchema,
  type MeetingAuditAction,
  meetingAuditActionSchema,
} from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { LightMyRequestResponse } from 'fastify';
import { decodeJwt } from 'jose';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator } from '../../test/authenticator.js';
import { type IdentityProviderUnderTest, startIdentityProvider } from '../../test/identity-provider.js';
import {
  type Asker,
  hostTokenAsker,
  newApiKey,
  newCaller,
  newMeeting,
  newMember,
  newPerson,
  nobody,
  type Person,
} from '../../test/people.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { hashPassword } from '../access/password.js';
import { ownerOfUser } from '../access/principal.js';
import { secretHash } from '../access/secrets.js';
import {
  type AuditEventRow,
  admissions,
  auditEvents,
  identities,
  mailedTokens,
  users,
  webhookDeliveries,
  webhookEvents,
} from '../database/schema.js';
import { identityId } from '../oidc/identity-id.js';

const publicUrl = 'https://meet.example.org';
const password = 'correct horse battery';
const ADDRESS = '2001:db8:7:8:9::1';
const NETWORK = '2001:db8:7:8';
const ADMINISTRATOR = randomUUID();

let provider: IdentityProviderUnderTest;
let server: ServerUnderTest;
beforeAll(async () => {
  provider = await startIdentityProvider(`${publicUrl}/v1/identity-providers/test/callback`);
  const { issuer, clientId, clientSecret } = provider;
  const identityProviders = [{ id: 'test', name: 'Test provider', issuer, clientId, clientSecret }];
  server = await startServer({ publicUrl, identityProviders, administrators: [ADMINISTRATOR] });
}, STARTING);
afterAll(async () => {
  await server.close();
  await provider.close();
});

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Answer = LightMyRequestResponse;
const ask = (method: Method, url: string, { headers }: Asker, payload?: object, remoteAddress = ADDRESS) =>
  server.api.fastify.inject({ method, url: `/v1/${url}`, headers: { ...headers }, payload, remoteAddress });

type Row = Partial<AuditEventRow>;
interface Prepared {
  act: () => Promise<Answer>;
  /** The same when it fails: it must write nothing. */
  refused: () => Promise<Answer>;
  /** The rows that `act` writes. */
  rows: (answer: Answer) => Row[];
}

const now = () => new Date(server.clock.date());
let root: Promise<Person> | undefined;
const administrator = () => {
  root ??= newPerson(server, { id: ADMINISTRATOR });
  return root;
};
const byUser = ({ userId, name }: Person): Row => ({ actorKind: 'user', actorId: userId, actorName: name });
const verified = (change = {}) => newPerson(server, { emailVerifiedAt: now(), ...change });
const withPassword = async () => verified({ passwordHash: await hashPassword(password) });

async function scene() {
  const host = await newPerson(server, { name: 'Grace' });
  const meeting = await newMeeting(server, host);
  return { host, meeting, url: `meetings/${meeting.code}` };
}

/** A host's action on a meeting. */
function ofMeeting(
  prepare: (there: Awaited<ReturnType<typeof scene>>) => Promise<{
    act: () => Promise<Answer>;
    refused?: () => Promise<Answer>;
    row: (answer: Answer) => Row;
    by?: Row;
  }>,
): (action: string) => Promise<Prepared> {
  return async (action) => {
    const there = await scene();
    const { act, refused, row, by } = await prepare(there);
    return {
      act,
      refused: refused ?? (() => ask('PATCH', there.url, nobody, { title: 'Mine' })),
      rows: (answer) => [
        {
          action: action as MeetingAuditAction,
          meetingId: there.meeting.id,
          userId: null,
          network: NETWORK,
          target: null,
          details: {},
          ...(by ?? byUser(there.host)),
          ...row(answer),
        },
      ],
    };
  };
}

/** A user's action on the own account. */
function ofAccount(
  prepare: () => Promise<{
    person: Person;
    act: () => Promise<Answer>;
    refused: () => Promise<Answer>;
    row: (answer: Answer) => Row;
  }>,
): (action: string) => Promise<Prepared> {
  return async (action) => {
    const { person, act, refused, row } = await prepare();
    return {
      act,
      refused,
      rows: (answer) => [
        {
          action: action as AccountAuditAction,
          userId: person.userId,
          meetingId: null,
          network: NETWORK,
          target: null,
          details: {},
          ...byUser(person),
          ...row(answer),
        },
      ],
    };
  };
}

function moderation(word: string, details?: object, body?: object) {
  return ofMeeting(async ({ host, meeting, url }) => {
    const { participantId } = await newCaller(server, meeting);
    return {
      act: () => ask('POST', `${url}/participants/${participantId}/${word}`, host, body),
      refused: () => ask('POST', `${url}/participants/${randomUUID()}/${word}`, host, body),
      row: () => ({ target: participantId, details: { ...details } }),
    };
  });
}

function decision(word: 'admit' | 'deny') {
  return ofMeeting(async ({ host, meeting, url }) => {
    const id = randomUUID();
    const row = {
      id,
      meetingId: meeting.id,
      name: 'A',
      role: 'guest',
      network: '192.0.2.1',
      state: 'waiting',
    } as const;
    await server.queries.insert(admissions).values({ ...row, seenAt: now(), createdAt: now() });
    return {
      act: () => ask('POST', `${url}/waiting/${id}/${word}`, host),
      refused: () => ask('POST', `${url}/waiting/${randomUUID()}/${word}`, host),
      row: () => ({ target: id }),
    };
  });
}

/** A browser that returns from the provider, with an account there for this address. */
async function fromProvider(email: string, asker: Asker) {
  const subject = randomUUID();
  provider.accounts.set(subject, { email, email_verified: true, name: 'Ada' });
  const begun = await ask('POST', 'identity-providers/test/sign-in', asker, {});
  const back = await provider.signIn(begun.json().authorizationUrl, subject);
  const cookies = Object.fromEntries(begun.cookies.map(({ name, value }) => [name, value]));
  const comeBack = (search: string) =>
    server.api.fastify.inject({ url: `${back.pathname}${search}`, cookies, remoteAddress: ADDRESS });
  return {
    act: () => comeBack(back.search),
    refused: () => comeBack('?state=another&code=none'),
    target: identityId({ issuer: provider.issuer, subject }),
  };
}

async function withTotp() {
  const person = await verified();
  const { secret } = (await ask('POST', 'me/totp', person)).json();
  const code = new TOTP({ secret, digits: 6, period: 30 }).generate({ timestamp: server.clock.date() });
  const confirm = (word = code) => ask('POST', 'me/totp/confirm', person, { code: word });
  return { person, confirm, wrong: code === '000000' ? '000001' : '000000' };
}

async function withPasskey() {
  const person = await verified();
  const key = new Authenticator(publicUrl);
  const { token, options } = (await ask('POST', 'me/passkeys/options', person)).json();
  const add = () => ask('POST', 'me/passkeys', person, { token, name: 'Phone', response: key.create(options) });
  return { person, key, add };
}

const hooks = { url: 'https://hooks.example.org/waterbus', events: [] };

/** An administrator's change of an account, which a user may not make. */
async function byAdministrator(person: Person, action: AccountAuditAction, disabled: boolean): Promise<Prepared> {
  const change = (asker: Asker) => ask('PATCH', `admin/users/${person.userId}`, asker, { disabled });
  const by = await administrator();
  const actor = { ...byUser(by), actorKind: 'administrator' } as const;
  return {
    act: () => change(by),
    refused: async () => change(await newPerson(server)),
    rows: () => [
      { action, userId: person.userId, meetingId: null, target: null, details: {}, network: NETWORK, ...actor },
    ],
  };
}

const cases: Record<AccountAuditAction | MeetingAuditAction, (action: string) => Promise<Prepared>> = {
  'session.started': ofAccount(async () => {
    const person = await withPassword();
    const signIn = (word: string) => ask('POST', 'sessions', nobody, { email: person.email, password: word });
    return {
      person,
      act: () => signIn(password),
      refused: () => signIn('wrong'),
      row: (answer) => ({ target: String(decodeJwt(answer.json().tokens.accessToken).sid) }),
    };
  }),
  'session.refused': ofAccount(async () => {
    const person = await withPassword();
    const signIn = () => ask('POST', 'sessions', nobody, { email: person.email, password: 'wrong' });
    for (let n = 0; n < 9; n += 1) await signIn();
    const row = { actorKind: 'anonymous', actorId: null, actorName: null, details: { step: 'password' } } as const;
    return { person, act: signIn, refused: signIn, row: () => row };
  }),
  'session.ended': ofAccount(async () => {
    const person = await newPerson(server);
    return {
      person,
      act: () => ask('DELETE', `sessions/${person.sessionId}`, person),
      refused: () => ask('DELETE', `sessions/${randomUUID()}`, person),
      row: () => ({ target: person.sessionId, details: { reason: 'signed-out' } }),
    };
  }),
  'sessions.ended': ofAccount(async () => {
    const person = await newPerson(server);
    return {
      person,
      act: () => ask('DELETE', 'sessions', person),
      refused: () => ask('DELETE', 'sessions', nobody),
      row: () => ({}),
    };
  }),
  'password.changed': ofAccount(async () => {
    const person = await withPassword();
    const change = (currentPassword: string) =>
      ask('PUT', 'me/password', person, { currentPassword, newPassword: 'another battery staple' });
    return { person, act: () => change(password), refused: () => change('wrong'), row: () => ({}) };
  }),
  'password.reset': ofAccount(async () => {
    const person = await withPassword();
    const token = randomUUID();
    const expiresAt = new Date(server.clock.date() + 60_000);
    await server.queries
      .insert(mailedTokens)
      .values({ hash: secretHash(token), purpose: 'reset-password', userId: person.userId, expiresAt });
    const reset = (word: string) =>
      ask('POST', 'password-resets/confirm', nobody, { token: word, newPassword: 'another battery staple' });
    return { person, act: () => reset(token), refused: () => reset('another'), row: () => ({}) };
  }),
  'credentials.ended': async (action) => {
    const person = await newPerson(server);
    const { act, refused, target } = await fromProvider(person.email, nobody);
    const row = { userId: person.userId, network: NETWORK, details: {}, ...byUser(person) };
    const ended = { ...row, action: action as AccountAuditAction, target: null };
    return { act, refused, rows: () => [ended, { ...row, action: 'identity.linked', target }] };
  },
  'totp.added': ofAccount(async () => {
    const { person, confirm, wrong } = await withTotp();
    return { person, act: () => confirm(), refused: () => confirm(wrong), row: () => ({}) };
  }),
  'totp.removed': ofAccount(async () => {
    const { person, confirm } = await withTotp();
    await confirm();
    const other = await newPerson(server);
    const remove = (asker: Asker) => ask('DELETE', 'me/totp', asker);
    return { person, act: () => remove(person), refused: () => remove(other), row: () => ({}) };
  }),
  'recovery-codes.replaced': ofAccount(async () => {
    const { person, confirm } = await withTotp();
    await confirm();
    const other = await newPerson(server);
    const replace = (asker: Asker) => ask('POST', 'me/recovery-codes', asker);
    return { person, act: () => replace(person), refused: () => replace(other), row: () => ({}) };
  }),
  'passkey.added': ofAccount(async () => {
    const { person, key, add } = await withPasskey();
    const response = key.create({ challenge: 'another' });
    const refused = () => ask('POST', 'me/passkeys', person, { token: 'none', name: 'Phone', response });
    return { person, act: add, refused, row: () => ({ target: key.id }) };
  }),
  'passkey.removed': ofAccount(async () => {
    const { person, key, add } = await withPasskey();
    await add();
    await server.queries.update(users).set({ passwordHash: 'one' }).where(eq(users.id, person.userId));
    const remove = (id: string) => ask('DELETE', `me/passkeys/${id}`, person);
    return { person, act: () => remove(key.id), refused: () => remove('none'), row: () => ({ target: key.id }) };
  }),
  'api-key.created': ofAccount(async () => {
    const person = await verified();
    const make = (name: string) => ask('POST', 'api-keys', person, { name });
    const row = (answer: Answer) => ({ target: answer.json().apiKey.id });
    return { person, act: () => make('Calendar'), refused: () => make(''), row };
  }),
  'api-key.removed': ofAccount(async () => {
    const person = await verified();
    const { id } = await newApiKey(server, person.userId);
    const remove = (which: string) => ask('DELETE', `api-keys/${which}`, person);
    return { person, act: () => remove(id), refused: () => remove('none'), row: () => ({ target: id }) };
  }),
  'webhook.created': ofAccount(async () => {
    const person = await verified();
    const key = await newApiKey(server, person.userId);
    const by = { actorKind: 'api-key', actorId: key.id, actorName: 'Back end' } as const;
    return {
      person,
      act: () => ask('POST', 'webhooks', key, hooks),
      refused: () => ask('POST', 'webhooks', key, { ...hooks, url: 'https://127.0.0.1/' }),
      row: (answer) => ({ ...by, target: answer.json().webhook.id }),
    };
  }),
  'webhook.changed': ofAccount(async () => {
    const person = await verified();
    const { id } = (await ask('POST', 'webhooks', person, hooks)).json().webhook;
    const change = (which: string) => ask('PATCH', `webhooks/${which}`, person, { enabled: false });
    const row = { target: id, details: { fields: ['enabled'] } };
    return { person, act: () => change(id), refused: () => change(randomUUID()), row: () => row };
  }),
  'webhook.removed': ofAccount(async () => {
    const person = await verified();
    const { id } = (await ask('POST', 'webhooks', person, hooks)).json().webhook;
    const remove = (which: string) => ask('DELETE', `webhooks/${which}`, person);
    return { person, act: () => remove(id), refused: () => remove(randomUUID()), row: () => ({ target: id }) };
  }),
  'webhook.retried': async () => {
    const person = await verified();
    const { id } = (await ask('POST', 'webhooks', person, hooks)).json().webhook;
    const [event] = await server.queries
      .insert(webhookEvents)
      .values({ owner: ownerOfUser(person.userId), type: 'meeting.ended', data: {}, createdAt: now() })
      .returning();
    const eventId = event?.id ?? '';
    const delivery = { webhookId: id, eventId, state: 'failed', createdAt: now() } as const;
    await server.queries.insert(webhookDeliveries).values(delivery);
    const by = await administrator();
    const retry = (which: string) => ask('POST', `admin/webhooks/${id}/deliveries/${which}/retry`, by);
    const about = { action: 'webhook.retried', userId: person.userId, meetingId: null, target: id } as const;
    const actor = { ...byUser(by), actorKind: 'administrator', network: NETWORK } as const;
    return {
      act: () => retry(eventId),
      refused: () => retry(randomUUID()),
      rows: () => [{ ...about, details: { eventId }, ...actor }],
    };
  },
  'identity.linked': ofAccount(async () => {
    const person = await verified();
    const { act, refused, target } = await fromProvider('elsewhere@example.org', person);
    return { person, act, refused, row: () => ({ target }) };
  }),
  'identity.unlinked': ofAccount(async () => {
    const person = await withPassword();
    const identity = { issuer: 'https://id.example', subject: person.userId };
    await server.queries.insert(identities).values({ ...identity, userId: person.userId, createdAt: now() });
    const target = identityId(identity);
    const remove = (id: string) => ask('DELETE', `me/identities/${id}`, person);
    return { person, act: () => remove(target), refused: () => remove('none'), row: () => ({ target }) };
  }),
  'account.exported': ofAccount(async () => {
    const person = await newPerson(server);
    const read = (asker: Asker) => ask('GET', 'me/export', asker);
    return { person, act: () => read(person), refused: () => read(nobody), row: () => ({}) };
  }),
  'account.deleted': ofAccount(async () => {
    const [person, other] = [await newPerson(server), await withPassword()];
    const remove = (asker: Asker) => ask('DELETE', 'me', asker, {});
    const row = { userId: null, actorKind: 'user', actorId: null, actorName: null, network: null } as const;
    return { person, act: () => remove(person), refused: () => remove(other), row: () => row };
  }),

  'account.disabled': async () => byAdministrator(await newPerson(server), 'account.disabled', true),
  'account.enabled': async () =>
    byAdministrator(await newPerson(server, { disabledAt: now() }), 'account.enabled', false),
  'meeting.created': async (action) => {
    const person = await newPerson(server);
    const make = (title: string) => ask('POST', 'meetings', person, { title });
    const row = { action: action as MeetingAuditAction, userId: null, network: NETWORK, ...byUser(person) };
    return {
      act: () => make('Planning'),
      refused: () => make(''),
      rows: () => [{ ...row, target: null, details: {} }],
    };
  },
  'meeting.changed': ofMeeting(async ({ meeting, url }) => ({
    act: () => ask('PATCH', url, hostTokenAsker(meeting), { locked: true, settings: { publish: 'moderators' } }),
    row: () => ({ details: { fields: ['locked', 'settings'], locked: true } }),
    by: { actorKind: 'host-token', actorId: null, actorName: null },
  })),
  'meeting.password-changed': ofMeeting(async ({ host, url }) => ({
    act: () => ask('PUT', `${url}/password`, host, { password: 'a word of the meeting' }),
    refused: () => ask('PUT', `${url}/password`, host, { password: '' }),
    row: () => ({ details: { set: true } }),
  })),
  'meeting.archived': ofMeeting(async ({ host, url }) => ({
    act: () => ask('POST', `${url}/archive`, host),
    refused: () => ask('POST', `${url}/archive`, nobody),
    row: () => ({}),
  })),
  'meeting.handed-over': ofMeeting(async ({ host, meeting, url }) => {
    const next = await newPerson(server);
    const target = await newMember(server, meeting, next);
    return {
      act: () => ask('POST', `${url}/host`, host, { userId: next.userId }),
      refused: () => ask('POST', `${url}/host`, host, { userId: randomUUID() }),
      row: () => ({ target, details: { because: 'asked' } }),
    };
  }),
  'member.invited': ofMeeting(async ({ host, url }) => ({
    act: () => ask('POST', `${url}/members`, host, { email: 'new@example.org' }),
    refused: () => ask('POST', `${url}/members`, host, { email: host.email }),
    row: (answer) => ({ target: answer.json().member.id, details: { role: 'member' } }),
  })),
  'member.joined': ofMeeting(async ({ host, url }) => {
    const person = await newPerson(server);
    const { invitationToken: token } = (await ask('POST', `${url}/invite-links`, host, {})).json();
    return {
      act: () => ask('POST', 'invitations/accept', person, { token }),
      refused: () => ask('POST', 'invitations/accept', host, { token }),
      row: (answer) => ({ target: answer.json().member.id, details: { role: 'member', by: 'link' } }),
      by: byUser(person),
    };
  }),
  'member.role-changed': ofMeeting(async ({ host, meeting, url }) => {
    const target = await newMember(server, meeting, await newPerson(server));
    const change = (id: string) => ask('PATCH', `${url}/members/${id}`, host, { role: 'moderator' });
    const row = { target, details: { role: 'moderator' } };
    return { act: () => change(target), refused: () => change(randomUUID()), row: () => row };
  }),
  'member.removed': ofMeeting(async ({ host, meeting, url }) => {
    const target = await newMember(server, meeting, await newPerson(server));
    const remove = (id: string) => ask('DELETE', `${url}/members/${id}`, host);
    const row = { target, details: { state: 'joined' } };
    return { act: () => remove(target), refused: () => remove(randomUUID()), row: () => row };
  }),
  'member.left': ofMeeting(async ({ host, meeting, url }) => {
    const person = await newPerson(server);
    const target = await newMember(server, meeting, person);
    const leave = (asker: Asker) => ask('DELETE', `${url}/members/me`, asker);
    return { act: () => leave(person), refused: () => leave(host), row: () => ({ target }), by: byUser(person) };
  }),
  'invitation.declined': ofMeeting(async ({ host, url }) => {
    const person = await newPerson(server);
    const { member, invitationToken } = (
      await ask('POST', `${url}/members`, host, { email: 'other@example.org' })
    ).json();
    const decline = (token: string) => ask('POST', 'invitations/decline', person, { token });
    const row = { target: member.id };
    return { act: () => decline(invitationToken), refused: () => decline('none'), row: () => row, by: byUser(person) };
  }),
  'invite-link.created': ofMeeting(async ({ host, url }) => ({
    act: () => ask('POST', `${url}/invite-links`, host, { role: 'moderator' }),
    refused: () => ask('POST', `${url}/invite-links`, host, { role: 'host' }),
    row: (answer) => ({ target: answer.json().link.id, details: { role: 'moderator' } }),
  })),
  'invite-link.removed': ofMeeting(async ({ host, url }) => {
    const { id } = (await ask('POST', `${url}/invite-links`, host, {})).json().link;
    const remove = (which: string) => ask('DELETE', `${url}/invite-links/${which}`, host);
    return { act: () => remove(id), refused: () => remove(randomUUID()), row: () => ({ target: id }) };
  }),
  'guest.invited': ofMeeting(async ({ host, url }) => ({
    act: () => ask('POST', `${url}/guest-invitations`, host, { email: 'gus@example.org', waits: false }),
    refused: () => ask('POST', `${url}/guest-invitations`, host, { email: 'nobody' }),
    row: (answer) => ({ target: answer.json().invitation.id, details: { waits: false } }),
  })),
  'guest-invitation.removed': ofMeeting(async ({ host, url }) => {
    const email = 'gus@example.org';
    const { id } = (await ask('POST', `${url}/guest-invitations`, host, { email })).json().invitation;
    const remove = (which: string) => ask('DELETE', `${url}/guest-invitations/${which}`, host);
    return { act: () => remove(id), refused: () => remove(randomUUID()), row: () => ({ target: id }) };
  }),
  'participant.admitted': decision('admit'),
  'participant.denied': decision('deny'),
  'participant.muted': moderation('stop-video', { source: 'screen' }, { source: 'screen' }),
  'participant.restricted': ofMeeting(async ({ host, meeting, url }) => {
    const { participantId: target } = await newCaller(server, meeting);
    const restrict = (id: string) => ask('PATCH', `${url}/participants/${id}`, host, { publish: [] });
    const row = { target, details: { fields: ['publish'] } };
    return { act: () => restrict(target), refused: () => restrict(randomUUID()), row: () => row };
  }),
  'participant.removed': ofMeeting(async ({ meeting, url }) => {
    const { participantId: target } = await newCaller(server, meeting);
    const moderator = await newCaller(server, meeting, { role: 'moderator', name: 'By a join token' });
    const kick = (id: string) => ask('POST', `${url}/participants/${id}/kick`, moderator);
    const by = {
      actorKind: 'participant',
      actorId: moderator.participantId,
      actorName: 'By a join token',
    } as const;
    return { act: () => kick(target), refused: () => kick(randomUUID()), row: () => ({ target }), by };
  }),
  'participant.sent-back': moderation('waiting-room'),
  'participant.banned': ofMeeting(async ({ host, meeting, url }) => {
    const { participantId: target } = await newCaller(server, meeting, { network: '192.0.2.66' });
    const ban = (id: string) => ask('POST', `${url}/participants/${id}/ban`, host, { reason: 'Shouted at Ada' });
    const row = (answer: Answer) => ({ target, details: { banId: answer.json().ban.id } });
    return { act: () => ban(target), refused: () => ban(randomUUID()), row };
  }),
  'participant.unbanned': ofMeeting(async ({ host, meeting, url }) => {
    const { participantId } = await newCaller(server, meeting, { network: '192.0.2.66' });
    const { id } = (await ask('POST', `${url}/participants/${participantId}/ban`, host)).json().ban;
    const lift = (which: string) => ask('DELETE', `${url}/bans/${which}`, host);
    return { act: () => lift(id), refused: () => lift(randomUUID()), row: () => ({ target: id }) };
  }),
  'stream-key.created': ofMeeting(async ({ host, url }) => ({
    act: () => ask('POST', `${url}/stream-keys`, host, { name: 'Encoder', source: 'screen' }),
    refused: () => ask('POST', `${url}/stream-keys`, host, { name: 'Encoder', source: 'nothing' }),
    row: (answer) => ({ target: answer.json().streamKey.id, details: { source: 'screen' } }),
  })),
  'stream-key.removed': ofMeeting(async ({ host, url }) => {
    const { id } = (await ask('POST', `${url}/stream-keys`, host, { name: 'Encoder' })).json().streamKey;
    const remove = (which: string) => ask('DELETE', `${url}/stream-keys/${which}`, host);
    return { act: () => remove(id), refused: () => remove(randomUUID()), row: () => ({ target: id }) };
  }),
  'call.ended': ofMeeting(async ({ host, meeting }) => {
    const root = await administrator();
    return {
      act: () => ask('POST', `admin/live-meetings/${meeting.code}/end`, root),
      refused: () => ask('POST', `admin/live-meetings/${meeting.code}/end`, host),
      row: () => ({}),
      by: { ...byUser(root), actorKind: 'administrator' },
    };
  }),
  'breakouts.opened': ofMeeting(async ({ host, url }) => ({
    act: () => ask('POST', `${url}/breakouts`, host, { ...ROOMS, choice: true }),
    refused: () => ask('POST', `${url}/breakouts`, host, { rooms: [] }),
    row: () => ({ details: { choice: true } }),
  })),
  'breakouts.changed': ofMeeting(async ({ host, url }) => {
    await ask('POST', `${url}/breakouts`, host, ROOMS);
    const change = (body: object) => ask('PATCH', `${url}/breakouts`, host, body);
    return {
      act: () => change({ endsIn: 60 }),
      refused: () => change({ endsIn: 0 }),
      row: () => ({ details: { fields: ['endsIn'] } }),
    };
  }),
  'breakouts.assigned': ofMeeting(async ({ host, meeting, url }) => {
    const { participantId: target } = await newCaller(server, meeting);
    const [, room] = (await ask('POST', `${url}/breakouts`, host, ROOMS)).json().breakouts.rooms;
    const assign = (id: string) => ask('PUT', `${url}/breakouts/assignments`, host, { assignments: { [target]: id } });
    const row = { target, details: { rooms: [room.id] } };
    return { act: () => assign(room.id), refused: () => assign('none'), row: () => row };
  }),
  'breakouts.closed': ofMeeting(async ({ host, url }) => {
    await ask('POST', `${url}/breakouts`, host, ROOMS);
    const row = { details: { because: 'asked' } };
    return {
      act: () => ask('DELETE', `${url}/breakouts`, host),
      refused: () => ask('DELETE', `${url}/breakouts`, nobody),
      row: () => row,
    };
  }),
  'observer.token-created': ofMeeting(async ({ host, url }) => {
    const key = await newApiKey(server, host.userId);
    const make = (grants: object) => ask('POST', `${url}/join-tokens`, key, { name: 'Recorder', grants });
    return {
      act: () => make({ hidden: true }),
      refused: () => make({ hidden: 'yes' }),
      row: (answer) => ({ target: answer.json().participantId }),
      by: { actorKind: 'api-key', actorId: key.id, actorName: 'Back end' },
    };
  }),
};

const ROOMS = { rooms: [{ name: 'Harbour' }, { name: 'Pier' }] };

const rowsBeside = async (before: AuditEventRow[]) => {
  const known = new Set(before.map(({ id }) => id));
  return (await server.queries.select().from(auditEvents)).filter(({ id }) => !known.has(id));
};

describe('the audit log', () => {
  it('has a case for every action', () => {
    const actions = [...accountAuditActionSchema.options, ...meetingAuditActionSchema.options];
    expect(Object.keys(cases).sort()).toEqual(actions.sort());
  });

  it.each(Object.entries(cases))('records %s once it is done, and no failure', async (action, prepare) => {
    const { act, refused, rows } = await prepare(action);
    const before = await server.queries.select().from(auditEvents);
    const failure = await refused();
    const failed = failure.statusCode >= 400 || String(failure.headers.location).includes('sign-in-error');
    expect(failed, failure.body).toBe(true);
    expect(await rowsBeside(before)).toEqual([]);

    const done = await act();
    const succeeded = done.statusCode < 400 && !String(done.headers.location).includes('sign-in-error');
    expect(succeeded, done.body).toBe(action !== 'session.refused');
    const expected = rows(done);
    // A refusal is recorded after its answer.
    await expect.poll(() => rowsBeside(before), { timeout: 20_000 }).toHaveLength(expected.length);
    const written = await rowsBeside(before);
    for (const row of expected) expect(written).toContainEqual(expect.objectContaining({ ...row, createdAt: now() }));
    // The log contains neither text that people wrote nor secrets.
    const text = JSON.stringify(written);
    for (const one of [password, '@example.org', 'another battery', 'Shouted', 'hooks.example', 'wbk_', 'whsec_']) {
      expect(text).not.toContain(one);
    }
  });

  it('records refused sign-ins of an account once an hour', async () => {
    const person = await withPassword();
    const flood = async () => {
      const address = newAddress();
      const signIn = () => ask('POST', 'sessions', nobody, { email: person.email, password: 'wrong' }, address);
      for (let n = 0; n < 12; n += 1) await signIn();
    };
    const written = () => server.queries.select().from(auditEvents).where(eq(auditEvents.userId, person.userId));
    await flood();
    await expect.poll(written, { timeout: 20_000 }).toHaveLength(1);
    await flood();
    await server.clock.advance(3_600_000);
    await flood();
    await expect.poll(written, { timeout: 20_000 }).toHaveLength(2);
  });

  it('records no change without effect', async () => {
    const { host, meeting, url } = await scene();
    const { participantId } = await newCaller(server, meeting);
    const memberId = await newMember(server, meeting, await newPerson(server));
    const again = [
      () => ask('POST', `${url}/participants/${participantId}/kick`, host),
      () => ask('POST', `${url}/participants/${participantId}/ban`, host),
      () => ask('PATCH', `${url}/members/${memberId}`, host, { role: 'moderator' }),
      () => ask('POST', `${url}/archive`, host),
    ];
    for (const one of again) {
      await one();
      const before = await server.queries.select().from(auditEvents);
      expect((await one()).statusCode).toBeLessThan(400);
      expect(await rowsBeside(before)).toEqual([]);
    }
  });

  it('erases an actor whose account is deleted, and records the new host of a meeting', async () => {
    const { host, meeting, url } = await scene();
    const heir = await newPerson(server);
    const heirId = await newMember(server, meeting, heir);
    await ask('PATCH', url, host, { locked: true });
    await ask('PATCH', url, await newApiKey(server, host.userId), { locked: false });
    expect((await ask('DELETE', 'me', host, {})).statusCode).toBe(204);
    const left = await server.queries.select().from(auditEvents).where(eq(auditEvents.meetingId, meeting.id));
    const gone = { actorId: null, actorName: 'Deleted account', network: null };
    expect(left).toHaveLength(3);
    expect(left).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...gone, actorKind: 'user' }),
        expect.objectContaining({ ...gone, actorKind: 'api-key' }),
        expect.objectContaining({
          action: 'meeting.handed-over',
          actorKind: 'server',
          target: heirId,
          details: { because: 'account-deleted' },
        }),
      ]),
    );
    expect(JSON.stringify(await server.queries.select().from(auditEvents))).not.toContain(host.userId);
  });
});
