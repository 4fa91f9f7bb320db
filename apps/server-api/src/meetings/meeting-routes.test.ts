import {
  createMeetingResponseSchema,
  getMeetingResponseSchema,
  JOIN_TOKEN_AUDIENCE,
  JOIN_TOKEN_LIFETIME,
  joinMeetingResponseSchema,
  joinTokenClaimsSchema,
} from '@waterbus/protocol';
import type { LightMyRequestResponse } from 'fastify';
import { jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newApiKey, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, secret, startServer } from '../../test/server.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

const post = (url: string, payload: object, remoteAddress = newAddress()) =>
  server.api.fastify.inject({ method: 'POST', url, payload, remoteAddress });
const get = (url: string, remoteAddress = newAddress()) => server.api.fastify.inject({ url, remoteAddress });
const create = async (payload: object) =>
  createMeetingResponseSchema.parse((await post('/v1/meetings', payload)).json());

describe('POST /v1/meetings', () => {
  it('returns the meeting, its address and the host token', async () => {
    const response = await post('/v1/meetings', { title: '  Weekly  ' });
    expect(response.statusCode).toBe(201);
    const { meeting, hostToken } = createMeetingResponseSchema.parse(response.json());
    expect(meeting).toMatchObject({ title: 'Weekly', passwordRequired: false });
    expect(Buffer.from(hostToken ?? '', 'base64url')).toHaveLength(32);
    expect(response.headers.location).toBe(`/v1/meetings/${meeting.code}`);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.body).not.toMatch(/hash/i);
  });

  it.each([
    ['no title', {}],
    ['an empty title', { title: '   ' }],
    ['a long title', { title: 'x'.repeat(121) }],
    ['a title with a control character', { title: 'a\u0000b' }],
    ['a short password', { title: 'T', password: 'dog55' }],
    ['a long password', { title: 'T', password: 'x'.repeat(129) }],
    ['an unknown field', { title: 'T', admin: true }],
    ['a number for a title', { title: 5 }],
    ['an array', [{ title: 'T' }]],
  ])('refuses %s', async (_, payload) => {
    expectProblem(await post('/v1/meetings', payload), 'request.invalid');
  });

  it('refuses a password that attackers try first', async () => {
    expectProblem(await post('/v1/meetings', { title: 'T', password: '123456' }), 'password.weak');
  });

  it('names the invalid field', async () => {
    const problem = (await post('/v1/meetings', { title: '', password: 'abc' })).json();
    expect(problem.detail).toMatch(/\/title.*\/password/);
  });
});

describe('GET /v1/meetings/:code', () => {
  it('returns the public data', async () => {
    const { meeting } = await create({ title: 'T', password: 'open sesame' });
    const response = await get(`/v1/meetings/${meeting.code}`);
    expect(response.statusCode).toBe(200);
    expect(getMeetingResponseSchema.parse(response.json())).toEqual({ meeting });
    expect((await get(`/v1/meetings/${meeting.code.toUpperCase()}`)).json()).toEqual({ meeting });
    expect(Object.keys(response.json().meeting).sort()).toEqual([
      'archivedAt',
      'code',
      'createdAt',
      'locked',
      'passwordRequired',
      'schedule',
      'scheduledStart',
      'settings',
      'title',
      'waitingRoom',
    ]);
  });

  it('M2: answers alike for an invalid code and an absent one', async () => {
    const absent = await get('/v1/meetings/aaa-aaaa-aaa');
    expectProblem(absent, 'meeting.not_found');
    for (const text of ['x', 'aaa-aaaa-aai', "aaa' or 1=1 --", 'x'.repeat(5000), '..%2f..%2fhealthz']) {
      expect((await get(`/v1/meetings/${text}`)).body).toBe(absent.body);
    }
  });
});

describe('POST /v1/meetings/:code/join', () => {
  const join = (code: string, payload: object, address?: string) => post(`/v1/meetings/${code}/join`, payload, address);

  it('R8: returns a signed, short-lived token bound to meeting, participant and grants', async () => {
    const { meeting } = await create({ title: 'T' });
    const response = await join(meeting.code, { name: ' Ada ' });
    expect(response.statusCode).toBe(200);
    const answer = joinMeetingResponseSchema.parse(response.json());
    expect(answer).toMatchObject({ meeting, expiresIn: JOIN_TOKEN_LIFETIME, signalling: [''] });
    const { payload, protectedHeader } = await jwtVerify(answer.token, new TextEncoder().encode(secret), {
      audience: JOIN_TOKEN_AUDIENCE,
      algorithms: ['HS256'],
      currentDate: new Date(server.clock.date()),
    });
    expect(protectedHeader.alg).toBe('HS256');
    const claims = joinTokenClaimsSchema.parse(payload);
    expect(claims).toMatchObject({ sub: answer.participantId, meetingCode: meeting.code, name: 'Ada', role: 'guest' });
    expect(claims.exp - claims.iat).toBe(JOIN_TOKEN_LIFETIME);
    expect(claims.iat).toBe(Math.floor(server.clock.date() / 1000));
    expect(claims.grants).toEqual({
      publish: ['microphone', 'camera', 'screen', 'screen-audio'],
      subscribe: true,
      moderate: false,
      hidden: false,
      sendData: true,
    });
    expect(claims.roomId).not.toBe(meeting.code);
  });

  it('R8: no two tokens share an id or a participant, and one meeting is one room', async () => {
    const { meeting } = await create({ title: 'T' });
    const claims = await Promise.all(
      [1, 2].map(async () => {
        const { token } = (await join(meeting.code, { name: 'A' })).json();
        return joinTokenClaimsSchema.parse(JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()));
      }),
    );
    expect(claims[0]?.jti).not.toBe(claims[1]?.jti);
    expect(claims[0]?.sub).not.toBe(claims[1]?.sub);
    expect(claims[0]?.roomId).toBe(claims[1]?.roomId);
  });

  it('M1: requires the password if one is set', async () => {
    const { meeting } = await create({ title: 'T', password: 'pässword ✓' });
    expectProblem(await join(meeting.code, { name: 'A' }), 'meeting.password_required');
    expectProblem(await join(meeting.code, { name: 'A', password: '' }), 'meeting.password_required');
    expectProblem(await join(meeting.code, { name: 'A', password: 'password' }), 'meeting.wrong_password');
    expect((await join(meeting.code, { name: 'A', password: 'pässword ✓' })).statusCode).toBe(200);
  });

  it('admits the holder of the host token as host, without the password', async () => {
    const [one, another] = [await create({ title: 'T', password: 'open sesame' }), await create({ title: 'U' })];
    const response = await join(one.meeting.code, { name: 'H', hostToken: one.hostToken });
    const { role, grants } = JSON.parse(Buffer.from(response.json().token.split('.')[1], 'base64url').toString());
    expect({ role, moderate: grants.moderate }).toEqual({ role: 'host', moderate: true });
    expectProblem(await join(another.meeting.code, { name: 'H', hostToken: one.hostToken }), 'token.invalid');
    expectProblem(await join(one.meeting.code, { name: 'H', hostToken: '' }), 'token.invalid');
    const both = { name: 'H', hostToken: 'wrong', password: 'open sesame' };
    expectProblem(await join(one.meeting.code, both), 'token.invalid');
  });

  it('M2: an absent meeting gives the same answer to every request', async () => {
    const bodies = [{}, { password: 'open sesame' }, { password: '' }, { hostToken: 'x' }];
    for (const code of ['aaa-aaaa-aaa', 'no-code-at-all']) {
      const answers = await Promise.all(bodies.map((body) => join(code, { name: 'A', ...body })));
      for (const answer of answers) expectProblem(answer, 'meeting.not_found');
      expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    }
  });

  it('M2: an absent meeting costs the time of a wrong password', async () => {
    const { meeting } = await create({ title: 'T', password: 'open sesame' });
    /**
     * Processor time of all threads, in microseconds: unlike elapsed time it is independent of
     * other load.
     */
    const time = async (code: string) => {
      const start = process.cpuUsage();
      await join(code, { name: 'A', password: 'wrong' });
      return process.cpuUsage(start).user;
    };
    await time('aaa-aaaa-aab');
    const pairs: [number, number][] = [];
    for (let n = 0; n < 9; n += 1) pairs.push([await time('aaa-aaaa-aaa'), await time(meeting.code)]);
    const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    const ratio = median(pairs.map(([absent]) => absent)) / median(pairs.map(([, wrong]) => wrong));
    // One argon2 verification takes most of a request; without it the ratio would be far below a
    // third.
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it.each([
    ['no name', {}],
    ['an empty name', { name: ' ' }],
    ['a name that turns the text around', { name: 'a\u202eb' }],
    ['an unknown field', { name: 'A', role: 'host' }],
  ])('refuses %s', async (_, payload) => {
    const { meeting } = await create({ title: 'T' });
    expectProblem(await join(meeting.code, payload), 'request.invalid');
    // A request for an absent meeting learns nothing about valid bodies.
    expectProblem(await join('aaa-aaaa-aaa', payload), 'meeting.not_found');
  });

  it('M1: counts wrong passwords by address and meeting, also concurrent ones', async () => {
    const { meeting, hostToken } = await create({ title: 'T', password: 'open sesame' });
    const address = newAddress();
    const attempts = await Promise.all(
      Array.from({ length: 14 }, () => join(meeting.code, { name: 'A', password: 'wrong' }, address)),
    );
    const codes = attempts.map((attempt) => attempt.json().code);
    expect(codes.filter((code) => code === 'meeting.wrong_password')).toHaveLength(10);
    const limited = attempts.filter((attempt) => attempt.statusCode === 429);
    expect(limited).toHaveLength(4);
    for (const response of limited) {
      expectProblem(response, 'request.rate_limited');
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(50);
    }
    // The right one is not admitted either, or the limit would reveal it.
    expectProblem(await join(meeting.code, { name: 'A', password: 'open sesame' }, address), 'request.rate_limited');
    // A host token cannot be guessed.
    expect((await join(meeting.code, { name: 'A', hostToken }, address)).statusCode).toBe(200);
    expect((await join(meeting.code, { name: 'A', password: 'open sesame' })).statusCode).toBe(200);
  });

  it('M1: counts wrong passwords by meeting, from any address', async () => {
    const { meeting } = await create({ title: 'T', password: 'open sesame' });
    const codes: string[] = [];
    for (let n = 0; n < 61; n += 1) {
      codes.push((await join(meeting.code, { name: 'A', hostToken: 'wrong' })).json().code);
    }
    expect(codes.slice(0, 60).every((code) => code === 'token.invalid')).toBe(true);
    expect(codes[60]).toBe('request.rate_limited');
  });

  it('M1: right passwords are not counted', async () => {
    const { meeting } = await create({ title: 'T', password: 'open sesame' });
    const address = newAddress();
    for (let n = 0; n < 12; n += 1) {
      expect((await join(meeting.code, { name: 'A', password: 'open sesame' }, address)).statusCode).toBe(200);
    }
  });

  it('M2: an absent meeting is limited like an existing one', async () => {
    const address = newAddress();
    const codes: string[] = [];
    for (let n = 0; n < 11; n += 1) {
      codes.push((await join('aaa-aaaa-aac', { name: 'A', password: 'wrong' }, address)).json().code);
    }
    expect(codes.slice(0, 10).every((code) => code === 'meeting.not_found')).toBe(true);
    expect(codes[10]).toBe('request.rate_limited');
  });
});

describe('limits by owner', () => {
  it(
    'limits the meetings of an account and its API key together, from any address, and apart from others',
    async () => {
      const limited = await startServer({ limits: { createByOwner: { count: 2, period: 60_000 } } });
      try {
        const create = async ({ headers }: Asker) => {
          const url = '/v1/meetings';
          const payload = { title: 'Planning' };
          const remoteAddress = newAddress();
          return (await limited.api.fastify.inject({ method: 'POST', url, payload, headers, remoteAddress }))
            .statusCode;
        };
        const ada = await newPerson(limited);
        const key = await newApiKey(limited, ada.userId);
        expect([await create(ada), await create(key), await create(ada), await create(key)]).toEqual([
          201, 201, 429, 429,
        ]);
        expect(await create(await newPerson(limited))).toBe(201);
        expect(await create(nobody)).toBe(201);
      } finally {
        await limited.close();
      }
    },
    STARTING,
  );
});

describe('limits by address', () => {
  it('exempts no address, not even loopback', async () => {
    const answers: LightMyRequestResponse[] = [];
    for (let n = 0; n < 61; n += 1) answers.push(await post('/v1/meetings', { title: 'T' }, '127.0.0.1'));
    expect(answers.slice(0, 60).every((answer) => answer.statusCode === 201)).toBe(true);
    expectProblem(answers[60] as LightMyRequestResponse, 'request.rate_limited');
    expect(Number(answers[60]?.headers['retry-after'])).toBeGreaterThan(50);
    expect((await post('/v1/meetings', { title: 'T' }, '127.0.0.2')).statusCode).toBe(201);
  });
});
