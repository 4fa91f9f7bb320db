import { ROOM_CAPACITY } from '@waterbus/cluster';
import { type JoinTokenClaims, joinTokenClaimsSchema, meetingTopic } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Asker, hostTokenAsker, newCaller, newMeeting, newMember, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, secret, startServer } from '../../test/server.js';
import { ApiTokens } from '../access/access-tokens.js';
import { hashPassword } from '../access/password.js';
import { admissions, bans, type MeetingRow, meetings } from '../database/schema.js';
import { ADMISSION_AUDIENCE, admissionTopic } from './waiting.js';

const argon2 = vi.hoisted(() => ({ verifications: 0 }));
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof import('@node-rs/argon2')>();
  return {
    ...real,
    verify: (...args: Parameters<typeof real.verify>) => {
      argon2.verifications += 1;
      return real.verify(...args);
    },
  };
});

let server: ServerUnderTest;
let passwordHash: string;
beforeAll(async () => {
  server = await startServer();
  passwordHash = await hashPassword('secret');
}, STARTING);
afterAll(() => server.close());

const ask = (
  asker: Asker,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
  remoteAddress = newAddress(),
) =>
  server.api.fastify.inject({
    method,
    url: `/v1/${url}`,
    headers: asker.headers,
    remoteAddress,
    ...(payload ? { payload } : {}),
  });

const join = (meeting: { code: string }, asker: Asker = nobody, payload: object = {}, address?: string) =>
  ask(asker, 'POST', `meetings/${meeting.code}/join`, { name: 'Ada', ...payload }, address);

const claimsOf = (response: { json(): { token: string } }): JoinTokenClaims =>
  joinTokenClaimsSchema.parse(
    JSON.parse(Buffer.from(response.json().token.split('.')[1] ?? '', 'base64url').toString()),
  );

const admissionOf = async (id: string) =>
  (await server.queries.select().from(admissions).where(eq(admissions.id, id)))[0];

const moderatorOf = async (meeting: MeetingRow) => {
  const moderator = await newPerson(server);
  await newMember(server, meeting, moderator, 'moderator');
  return moderator;
};

describe('joining', () => {
  it('M1: a member joins with their role, without password, lock and waiting room', async () => {
    const meeting = await newMeeting(server, undefined, { passwordHash, locked: true, waitingRoom: true });
    for (const role of ['member', 'moderator', 'host'] as const) {
      const person = await newPerson(server, { avatarId: 'picture-1' });
      await newMember(server, meeting, person, role);
      const response = await join(meeting, person, { name: 'As I like' });
      expect(response.statusCode).toBe(200);
      expect(claimsOf(response)).toMatchObject({ role, name: 'As I like', avatarId: 'picture-1' });
      expect(await admissionOf(response.json().participantId)).toMatchObject({
        userId: person.userId,
        role,
        state: 'admitted',
      });
    }
  });

  it('M1: a host token admits its holder as host, in the body or as bearer token, members only or not', async () => {
    const change = { passwordHash, locked: true, waitingRoom: true, settings: { access: 'members' } } as const;
    const meeting = await newMeeting(server, undefined, change);
    for (const response of [
      await join(meeting, nobody, { hostToken: meeting.hostToken }),
      await join(meeting, hostTokenAsker(meeting)),
    ]) {
      expect(claimsOf(response)).toMatchObject({ role: 'host', grants: { moderate: true } });
    }
  });

  it('M1: all others need the password; a user without a membership keeps their identity', async () => {
    const meeting = await newMeeting(server, undefined, { passwordHash });
    const stranger = await newPerson(server);
    const invited = await newPerson(server);
    await newMember(server, meeting, invited, 'moderator', 'invited');
    for (const person of [stranger, invited]) {
      expectProblem(await join(meeting, person), 'meeting.password_required');
      expectProblem(await join(meeting, person, { password: 'wrong' }), 'meeting.wrong_password');
      const response = await join(meeting, person, { password: 'secret' });
      expect(claimsOf(response).role).toBe('guest');
      expect(await admissionOf(response.json().participantId)).toMatchObject({ userId: person.userId, role: 'guest' });
    }
  });

  it('admits only members to a locked meeting, whatever the proof', async () => {
    const meeting = await newMeeting(server, undefined, { passwordHash, locked: true });
    expectProblem(await join(meeting, nobody, { password: 'secret' }), 'meeting.locked');
    expectProblem(await join(meeting, await newPerson(server), { password: 'secret' }), 'meeting.locked');
  });

  it('admits nobody to a members-only meeting before they accept the invitation', async () => {
    const meeting = await newMeeting(server, undefined, { settings: { access: 'members' } });
    const invited = await newPerson(server);
    await newMember(server, meeting, invited, 'member', 'invited');
    expectProblem(await join(meeting, invited), 'permission.denied');
    expectProblem(await join(meeting, await newPerson(server)), 'meeting.not_found');
  });

  it('grants the rights of the settings', async () => {
    const meeting = await newMeeting(server, undefined, {
      settings: { publish: 'members', shareScreen: 'moderators' },
    });
    const member = await newPerson(server);
    await newMember(server, meeting, member);
    expect(claimsOf(await join(meeting)).grants.publish).toEqual([]);
    expect(claimsOf(await join(meeting, member)).grants.publish).toEqual(['microphone', 'camera']);
  });

  it('admits no more than the capacity of a room', async () => {
    const meeting = await newMeeting(server);
    for (let n = 0; n < ROOM_CAPACITY; n += 1) await server.cluster.rooms.claimHome(meeting.id, `p${n}`, 'ws-1');
    expectProblem(await join(meeting), 'meeting.full');
  });

  it('makes a member wait after a moderator sent them back', async () => {
    const meeting = await newMeeting(server);
    const [host, member] = [await newPerson(server), await newPerson(server)];
    await newMember(server, meeting, host, 'host');
    await newMember(server, meeting, member);
    const { participantId } = await newCaller(server, meeting, { role: 'member', userId: member.userId });
    await server.queries.update(admissions).set({ state: 'sent-back' }).where(eq(admissions.id, participantId));
    const waiting = await join(meeting, member);
    expect(waiting.statusCode).toBe(202);
    const url = `meetings/${meeting.code}/waiting/${waiting.json().participantId}/admit`;
    expect((await ask(host, 'POST', url)).statusCode).toBe(204);
    expect(claimsOf(await poll(waiting)).role).toBe('member');
    expect((await join(meeting, member)).statusCode).toBe(200);
  });
});

const poll = (waiting: { json(): { admissionToken: string } }) =>
  ask({ headers: { authorization: `Bearer ${waiting.json().admissionToken}` } }, 'GET', 'admissions/current');

describe('the waiting room', () => {
  const scene = async () => {
    const meeting = await newMeeting(server, undefined, { waitingRoom: true });
    return { meeting, moderator: await moderatorOf(meeting) };
  };
  const decide = (moderator: Asker, meeting: MeetingRow, id: string, word: string) =>
    ask(moderator, 'POST', `meetings/${meeting.code}/waiting/${id}/${word}`);
  const list = async (moderator: Asker, meeting: MeetingRow, query = '') =>
    (await ask(moderator, 'GET', `meetings/${meeting.code}/waiting${query}`)).json();

  /** Asks, and resolves once the server holds the request. */
  async function hold(waiting: { json(): { admissionToken: string; participantId: string } }) {
    const subscribed = vi.spyOn(server.cluster.bus, 'subscribe');
    const answer = poll(waiting);
    const topic = admissionTopic(waiting.json().participantId);
    await vi.waitFor(() => expect(subscribed).toHaveBeenCalledWith(topic, expect.anything()));
    subscribed.mockRestore();
    return { answer };
  }

  it('holds the asker until a moderator admits, and returns a new token each time (R8)', async () => {
    const { meeting, moderator } = await scene();
    const events: unknown[] = [];
    await server.cluster.bus.subscribe(meetingTopic(meeting.id), (event) => events.push(event));
    const person = await newPerson(server);
    const waiting = await join(meeting, person);
    expect(waiting.statusCode).toBe(202);
    const { participantId } = waiting.json();
    expect((await list(moderator, meeting)).items).toEqual([
      { id: participantId, name: 'Ada', userId: person.userId, since: new Date(server.clock.date()).toISOString() },
    ]);
    const { answer: asking } = await hold(waiting);
    expect((await decide(moderator, meeting, participantId, 'admit')).statusCode).toBe(204);
    const first = await asking;
    expect(claimsOf(first)).toMatchObject({ sub: participantId, role: 'guest', roomId: meeting.id });
    expect((await list(moderator, meeting)).items).toEqual([]);
    expect(events).toEqual([
      { type: 'waiting.changed', waiting: 1 },
      { type: 'waiting.changed', waiting: 0 },
    ]);
    const second = await poll(waiting);
    expect(claimsOf(second)).toMatchObject({ sub: participantId });
    expect(await server.cluster.tokens.use(claimsOf(first).jti, server.clock.date() + 200_000)).toBe(false);
    expect(await server.cluster.tokens.use(claimsOf(second).jti, server.clock.date() + 200_000)).toBe(true);
  });

  it('decides once: a repetition succeeds, the opposite finds nobody waiting', async () => {
    const { meeting, moderator } = await scene();
    const waiting = await join(meeting);
    const { participantId } = waiting.json();
    const { answer: asking } = await hold(waiting);
    for (let n = 0; n < 2; n += 1) {
      expect((await decide(moderator, meeting, participantId, 'deny')).statusCode).toBe(204);
    }
    expect((await asking).json()).toEqual({ status: 'denied' });
    expectProblem(await decide(moderator, meeting, participantId, 'admit'), 'participant.not_found');
    const { meeting: other, moderator: another } = await scene();
    const elsewhere = (await join(other)).json().participantId;
    expectProblem(await decide(moderator, meeting, elsewhere, 'admit'), 'participant.not_found');
    expectProblem(await decide(moderator, other, elsewhere, 'admit'), 'meeting.not_found');
    const member = await newPerson(server);
    await newMember(server, other, member);
    expectProblem(await decide(member, other, elsewhere, 'admit'), 'permission.denied');
    expect((await decide(another, other, elsewhere, 'admit')).statusCode).toBe(204);
  });

  it('answers after 20 s without a decision, and drops an asker that does not ask for a minute', async () => {
    const { meeting, moderator } = await scene();
    const waiting = await join(meeting);
    await server.clock.advance(50_000);
    const { answer: asking } = await hold(waiting);
    await server.clock.advance(20_000);
    expect((await asking).json()).toEqual({ status: 'waiting' });
    await server.clock.advance(59_000);
    expect((await list(moderator, meeting)).items).toHaveLength(1);
    await server.clock.advance(2000);
    expect((await list(moderator, meeting)).items).toEqual([]);
    const { answer: again } = await hold(waiting);
    await vi.waitFor(async () => expect((await list(moderator, meeting)).items).toHaveLength(1));
    await server.clock.advance(20_000);
    await again;
  });

  it('ends an older wait of the same person, and that of a disconnected client', async () => {
    const { meeting } = await scene();
    const waiting = await join(meeting);
    const { answer: old } = await hold(waiting);
    const { answer: young } = await hold(waiting);
    expect((await old).json()).toEqual({ status: 'waiting' });
    await server.clock.advance(20_000);
    await young;

    const { fastify } = server.api;
    if (!fastify.server.listening) await fastify.listen({ port: 0, host: '127.0.0.1' });
    const { port } = fastify.server.address() as { port: number };
    const subscribed = vi.spyOn(server.cluster.bus, 'subscribe');
    const client = new AbortController();
    const asking = fetch(`http://127.0.0.1:${port}/v1/admissions/current`, {
      headers: { authorization: `Bearer ${waiting.json().admissionToken}` },
      signal: client.signal,
    });
    await vi.waitFor(() => expect(subscribed).toHaveBeenCalled());
    const look = vi.spyOn(server.queries, 'select');
    client.abort();
    await expect(asking).rejects.toThrow();
    await vi.waitFor(() => expect(look).toHaveBeenCalled());
    vi.restoreAllMocks();
  });

  it('can be cancelled once, and not after admission', async () => {
    const { meeting, moderator } = await scene();
    const waiting = await join(meeting);
    const holder = { headers: { authorization: `Bearer ${waiting.json().admissionToken}` } };
    const { answer: asking } = await hold(waiting);
    const events: unknown[] = [];
    await server.cluster.bus.subscribe(meetingTopic(meeting.id), (event) => events.push(event));
    for (let n = 0; n < 2; n += 1) {
      expect((await ask(holder, 'DELETE', 'admissions/current')).statusCode).toBe(204);
    }
    expect((await asking).json()).toEqual({ status: 'denied' });
    expect((await list(moderator, meeting)).items).toEqual([]);
    expect(events).toEqual([{ type: 'waiting.changed', waiting: 0 }]);
    const { participantId } = waiting.json();
    expectProblem(await decide(moderator, meeting, participantId, 'admit'), 'participant.not_found');
    expectProblem(await ask(nobody, 'DELETE', 'admissions/current'), 'token.invalid');

    const another = await join(meeting);
    const admitted = another.json().participantId;
    await decide(moderator, meeting, admitted, 'admit');
    await ask(
      { headers: { authorization: `Bearer ${another.json().admissionToken}` } },
      'DELETE',
      'admissions/current',
    );
    expect((await admissionOf(admitted))?.state).toBe('admitted');
  });

  it('accepts only its own tokens, for a day', async () => {
    const { meeting } = await scene();
    const waiting = await join(meeting);
    const { headers } = await newPerson(server);
    expectProblem(await ask({ headers }, 'GET', 'admissions/current'), 'token.invalid');
    expectProblem(await ask(nobody, 'GET', 'admissions/current'), 'token.invalid');
    const asToken = { headers: { authorization: `Bearer ${waiting.json().admissionToken}` } };
    expectProblem(await ask(asToken, 'GET', `meetings/${meeting.code}`), 'token.invalid');
    const { exp, iat } = JSON.parse(Buffer.from(waiting.json().admissionToken.split('.')[1], 'base64url').toString());
    expect(exp - iat).toBe(86_400);
    const claims = { sub: waiting.json().participantId };
    const expired = await new ApiTokens(secret, server.clock).sign(ADMISSION_AUDIENCE, claims, -1);
    expectProblem(
      await ask({ headers: { authorization: `Bearer ${expired}` } }, 'GET', 'admissions/current'),
      'token.expired',
    );
  });

  it('denies a person banned in the meantime', async () => {
    const { meeting } = await scene();
    const person = await newPerson(server);
    const waiting = await join(meeting, person);
    const createdAt = new Date(server.clock.date());
    await server.queries.insert(bans).values({ meetingId: meeting.id, userId: person.userId, name: 'A', createdAt });
    expect((await poll(waiting)).json()).toEqual({ status: 'denied' });
  });

  it('is listed page by page, the first arrival first', async () => {
    const { meeting, moderator } = await scene();
    for (const name of ['A', 'B', 'C']) {
      await join(meeting, nobody, { name });
      await server.clock.advance(1);
    }
    const first = await list(moderator, meeting, '?limit=2');
    expect(first.items.map(({ name }: { name: string }) => name)).toEqual(['A', 'B']);
    const second = await list(moderator, meeting, `?limit=2&cursor=${first.nextCursor}`);
    expect(second).toMatchObject({ items: [{ name: 'C' }], nextCursor: null });
  });
});

describe('invisible meetings', () => {
  let statements = 0;
  beforeEach(() => {
    const { session } = (server.queries as unknown as { _: { session: { prepareQuery(...args: unknown[]): unknown } } })
      ._;
    vi.restoreAllMocks();
    const prepare = session.prepareQuery.bind(session);
    vi.spyOn(session, 'prepareQuery').mockImplementation((...args) => {
      // Statements on the outboxes come from the clock, not from a request.
      if (!/"(mails|webhook_\w+)"/.test((args[0] as { sql: string }).sql)) statements += 1;
      return prepare(...args);
    });
  });

  it('M2: answer like absent ones, after as many statements and password verifications', async () => {
    const banned = await newPerson(server);
    const stranger = await newPerson(server);
    const open = await newMeeting(server, undefined, { passwordHash });
    const createdAt = new Date(server.clock.date());
    const guestAddress = newAddress();
    await server.queries.insert(bans).values([
      { meetingId: open.id, userId: banned.userId, name: 'A', createdAt },
      { meetingId: open.id, network: guestAddress, name: 'B', createdAt },
    ]);
    const membersOnly = await newMeeting(server, undefined, { passwordHash, settings: { access: 'members' } });
    const archived = await newMeeting(server, undefined, { passwordHash, archivedAt: createdAt });
    const absent = { code: 'aaa-aaaa-aaa' };
    const cases: [string, { code: string }, Asker, string | undefined][] = [
      ['banned user', open, banned, undefined],
      ['banned address', open, nobody, guestAddress],
      ['members only', membersOnly, stranger, undefined],
      ['archived', archived, stranger, undefined],
      ['archived, anonymous', archived, nobody, undefined],
    ];
    for (const payload of [{}, { password: 'secret' }, { password: 'wrong' }, { hostToken: 'wrong' }]) {
      const cost = async (meeting: { code: string }, asker: Asker, address?: string) => {
        statements = 0;
        argon2.verifications = 0;
        const response = await join(meeting, asker, payload, address);
        expectProblem(response, 'meeting.not_found');
        return { body: response.body, statements, verifications: argon2.verifications };
      };
      for (const [name, meeting, asker, address] of cases) {
        const forbidden = await cost(meeting, asker, address);
        expect({ name, payload, ...forbidden }).toEqual({ name, payload, ...(await cost(absent, asker)) });
        expect(forbidden.verifications).toBe('password' in payload ? 1 : 0);
      }
    }
  });

  it('M2: count attempts like others', async () => {
    const meeting = await newMeeting(server, undefined, { settings: { access: 'members' } });
    const address = newAddress();
    for (let n = 0; n < 10; n += 1) {
      expectProblem(await join(meeting, nobody, { hostToken: 'wrong' }, address), 'meeting.not_found');
    }
    expectProblem(await join(meeting, nobody, { hostToken: 'wrong' }, address), 'request.rate_limited');
    // The right one cannot be guessed.
    expect((await join(meeting, nobody, { hostToken: meeting.hostToken }, address)).statusCode).toBe(200);
    expect((await server.queries.select().from(meetings).where(eq(meetings.id, meeting.id)))[0]?.archivedAt).toBeNull();
  });
});
