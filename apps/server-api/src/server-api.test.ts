import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import {
  createMeetingResponseSchema,
  errorCatalogue,
  getMeetingResponseSchema,
  JOIN_TOKEN_AUDIENCE,
  JOIN_TOKEN_LIFETIME,
  joinMeetingResponseSchema,
  joinTokenClaimsSchema,
  problemSchema,
  ROOM_RECORDS_STREAM,
} from '@waterbus/protocol';
import type { LightMyRequestResponse } from 'fastify';
import { jwtVerify } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newDataFolder, newFolder, type ServerUnderTest, STARTING, secret, startServer } from '../test/server.js';
import { openDatabase } from './database/database.js';
import { createServerApi } from './index.js';
import { ParticipantRepository } from './participants/participant-repository.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer({ notFound: (_request, reply) => reply.type('text/html').send('<p>the web app</p>') });
}, STARTING);
afterAll(() => server.close());

/** Every test asks from an address of its own, so that limits do not add up. */
let addresses = 0;
const newAddress = () => `198.51.${Math.floor(addresses / 250)}.${(addresses++ % 250) + 1}`;

const post = (url: string, payload: object, remoteAddress = newAddress()) =>
  server.api.fastify.inject({ method: 'POST', url, payload, remoteAddress });
const get = (url: string, remoteAddress = newAddress()) => server.api.fastify.inject({ url, remoteAddress });
const create = async (payload: object) =>
  createMeetingResponseSchema.parse((await post('/v1/meetings', payload)).json());

function expectProblem(response: LightMyRequestResponse, code: keyof typeof errorCatalogue) {
  const problem = problemSchema.parse(response.json());
  expect(problem.code).toBe(code);
  expect(problem.status).toBe(errorCatalogue[code].status);
  expect(response.statusCode).toBe(problem.status);
  expect(response.headers['content-type']).toBe('application/problem+json');
}

describe('POST /v1/meetings', () => {
  it('answers the meeting, its address and the host token', async () => {
    const response = await post('/v1/meetings', { title: '  Weekly  ' });
    expect(response.statusCode).toBe(201);
    const { meeting, hostToken } = createMeetingResponseSchema.parse(response.json());
    expect(meeting).toMatchObject({ title: 'Weekly', passwordRequired: false });
    expect(Buffer.from(hostToken, 'base64url')).toHaveLength(32);
    expect(response.headers.location).toBe(`/v1/meetings/${meeting.code}`);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.body).not.toMatch(/hash/i);
  });

  it.each([
    ['no title', {}],
    ['an empty title', { title: '   ' }],
    ['a long title', { title: 'x'.repeat(121) }],
    ['a title with a control character', { title: 'a\u0000b' }],
    ['a short password', { title: 'T', password: 'abc' }],
    ['a long password', { title: 'T', password: 'x'.repeat(129) }],
    ['an unknown field', { title: 'T', admin: true }],
    ['a number for a title', { title: 5 }],
    ['an array', [{ title: 'T' }]],
  ])('refuses %s', async (_, payload) => {
    expectProblem(await post('/v1/meetings', payload), 'request.invalid');
  });

  it('says which field is wrong', async () => {
    const problem = (await post('/v1/meetings', { title: '', password: 'abc' })).json();
    expect(problem.detail).toMatch(/\/title.*\/password/);
  });
});

describe('GET /v1/meetings/:code', () => {
  it('answers what anybody may know', async () => {
    const { meeting } = await create({ title: 'T', password: 'secret' });
    const response = await get(`/v1/meetings/${meeting.code}`);
    expect(response.statusCode).toBe(200);
    expect(getMeetingResponseSchema.parse(response.json())).toEqual({ meeting });
    expect((await get(`/v1/meetings/${meeting.code.toUpperCase()}`)).json()).toEqual({ meeting });
    expect(Object.keys(response.json().meeting).sort()).toEqual(['code', 'createdAt', 'passwordRequired', 'title']);
  });

  it('M2: answers what cannot be a code as it answers an absent one', async () => {
    const absent = await get('/v1/meetings/aaa-aaaa-aaa');
    expectProblem(absent, 'meeting.not_found');
    for (const text of ['x', 'aaa-aaaa-aai', "aaa' or 1=1 --", '%00', 'x'.repeat(5000), '..%2f..%2fhealthz']) {
      expect((await get(`/v1/meetings/${text}`)).body).toBe(absent.body);
    }
  });
});

describe('POST /v1/meetings/:code/join', () => {
  const join = (code: string, payload: object, address?: string) => post(`/v1/meetings/${code}/join`, payload, address);

  it('R8: answers a signed, short-lived token bound to meeting, participant and grants', async () => {
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

  it('M1: wants the password if one is set, and only the right one', async () => {
    const { meeting } = await create({ title: 'T', password: 'pässword ✓' });
    expectProblem(await join(meeting.code, { name: 'A' }), 'meeting.password_required');
    expectProblem(await join(meeting.code, { name: 'A', password: '' }), 'meeting.password_required');
    expectProblem(await join(meeting.code, { name: 'A', password: 'password' }), 'meeting.wrong_password');
    expect((await join(meeting.code, { name: 'A', password: 'pässword ✓' })).statusCode).toBe(200);
  });

  it('lets the holder of the host token in as host, without the password', async () => {
    const [one, another] = [await create({ title: 'T', password: 'secret' }), await create({ title: 'U' })];
    const response = await join(one.meeting.code, { name: 'H', hostToken: one.hostToken });
    const { role, grants } = JSON.parse(Buffer.from(response.json().token.split('.')[1], 'base64url').toString());
    expect({ role, moderate: grants.moderate }).toEqual({ role: 'host', moderate: true });
    expectProblem(await join(another.meeting.code, { name: 'H', hostToken: one.hostToken }), 'token.invalid');
    expectProblem(await join(one.meeting.code, { name: 'H', hostToken: '' }), 'token.invalid');
    const both = { name: 'H', hostToken: 'wrong', password: 'secret' };
    expectProblem(await join(one.meeting.code, both), 'token.invalid');
  });

  it('M2: an absent meeting answers one way to everything', async () => {
    const bodies = [{}, { password: 'secret' }, { password: '' }, { hostToken: 'x' }];
    for (const code of ['aaa-aaaa-aaa', 'no-code-at-all']) {
      const answers = await Promise.all(bodies.map((body) => join(code, { name: 'A', ...body })));
      for (const answer of answers) expectProblem(answer, 'meeting.not_found');
      expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    }
  });

  it('M2: an absent meeting costs the time of a wrong password', async () => {
    const { meeting } = await create({ title: 'T', password: 'secret' });
    /** Processor time of all threads, in microseconds: unlike the clock's it does not depend on what else runs. */
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
    // One argon2 verification outweighs all the rest of a request; without it the ratio would be far below a third.
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it.each([
    ['no name', {}],
    ['an empty name', { name: ' ' }],
    ['a name that turns the text around', { name: 'a\u202eb' }],
    ['an unknown field', { name: 'A', role: 'host' }],
  ])('refuses %s', async (_, payload) => {
    expectProblem(await join('aaa-aaaa-aaa', payload), 'request.invalid');
  });

  it('M1: counts wrong passwords by address and meeting, also those that come at once', async () => {
    const { meeting, hostToken } = await create({ title: 'T', password: 'secret' });
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
      expect(Number(response.headers['retry-after'])).toBe(6);
    }
    // The right one is not let in either, or the limit would tell which one is right.
    expectProblem(await join(meeting.code, { name: 'A', password: 'secret' }, address), 'request.rate_limited');
    expectProblem(await join(meeting.code, { name: 'A', hostToken }, address), 'request.rate_limited');
    expect((await join(meeting.code, { name: 'A', password: 'secret' })).statusCode).toBe(200);
    await server.clock.advance(6000);
    expect((await join(meeting.code, { name: 'A', password: 'secret' }, address)).statusCode).toBe(200);
  });

  it('M1: counts wrong passwords by meeting, from wherever they come', async () => {
    const { meeting } = await create({ title: 'T', password: 'secret' });
    const codes: string[] = [];
    for (let n = 0; n < 61; n += 1) {
      codes.push((await join(meeting.code, { name: 'A', hostToken: 'wrong' })).json().code);
    }
    expect(codes.slice(0, 60).every((code) => code === 'token.invalid')).toBe(true);
    expect(codes[60]).toBe('request.rate_limited');
  });

  it('M1: right passwords are not counted', async () => {
    const { meeting } = await create({ title: 'T', password: 'secret' });
    const address = newAddress();
    for (let n = 0; n < 12; n += 1) {
      expect((await join(meeting.code, { name: 'A', password: 'secret' }, address)).statusCode).toBe(200);
    }
  });

  it('M2: an absent meeting is limited as a present one is', async () => {
    const address = newAddress();
    const codes: string[] = [];
    for (let n = 0; n < 11; n += 1) {
      codes.push((await join('aaa-aaaa-aac', { name: 'A', password: 'wrong' }, address)).json().code);
    }
    expect(codes.slice(0, 10).every((code) => code === 'meeting.not_found')).toBe(true);
    expect(codes[10]).toBe('request.rate_limited');
  });
});

describe('limits by address', () => {
  it('exempts nobody, loopback neither', async () => {
    const answers: LightMyRequestResponse[] = [];
    for (let n = 0; n < 61; n += 1) answers.push(await post('/v1/meetings', { title: 'T' }, '127.0.0.1'));
    expect(answers.slice(0, 60).every((answer) => answer.statusCode === 201)).toBe(true);
    expectProblem(answers[60] as LightMyRequestResponse, 'request.rate_limited');
    expect(answers[60]?.headers['retry-after']).toBe('1');
    expect((await post('/v1/meetings', { title: 'T' }, '127.0.0.2')).statusCode).toBe(201);
  });
});

describe('errors of the protocol', () => {
  const raw = (payload: string | Buffer, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    server.api.fastify.inject({ method: 'POST', url: '/v1/meetings', payload, headers, remoteAddress: newAddress() });

  it.each([
    ['broken JSON', '{"title":'],
    ['no JSON', 'title=T'],
    ['nothing', ''],
    ['null', 'null'],
    ['deep arrays', '['.repeat(30_000) + ']'.repeat(30_000)],
    ['deep objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['a prototype', '{"title":"T","__proto__":{"password":"x"}}'],
    ['a constructor', '{"title":"T","constructor":{"prototype":{"a":1}}}'],
    ['an escaped prototype', '{"title":"T","\\u005f_proto__":{}}'],
  ])('refuses %s', async (_, payload) => {
    expectProblem(await raw(payload), 'request.invalid');
  });

  it('refuses bodies that are too large, told or not', async () => {
    expectProblem(await raw(`{"title":"${'x'.repeat(64 * 1024)}"}`), 'request.too_large');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    '%',
  ])('refuses the content type %s', async (type) => {
    expectProblem(await raw('{"title":"T"}', { 'content-type': type }), 'request.unsupported_media_type');
  });

  it('refuses malformed URL encodings', async () => {
    for (const url of ['/v1/meetings/%zz', '/v1/meetings/%', '/%c0%af', '/v1/meetings/%e0%a4%a']) {
      expectProblem(await get(url), 'request.invalid');
    }
  });

  it('answers unknown addresses and methods with a problem', async () => {
    for (const url of ['/v1', '/v1/', '/v1/nothing', '/v1/meetings/a/b/c']) {
      expectProblem(await get(url), 'request.not_found');
    }
    expectProblem(await server.api.fastify.inject({ method: 'DELETE', url: '/v1/meetings/x' }), 'request.not_found');
    expectProblem(await post('/anywhere', {}), 'request.not_found');
  });

  it('gives other pages to whoever composes the server', async () => {
    const page = await get('/abc-defg-hjk');
    expect(page.body).toBe('<p>the web app</p>');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  });

  it('answers bytes that are no HTTP', async () => {
    const { fastify } = server.api;
    if (!fastify.server.listening) await fastify.listen({ port: 0, host: '127.0.0.1' });
    const { port } = fastify.server.address() as { port: number };
    const exchange = async (bytes: string) => {
      const socket = connect(port, '127.0.0.1').setEncoding('utf8');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.write(bytes);
      await once(socket, 'close');
      return text;
    };
    expect(await exchange('\x16\x03\x01\x02\x00\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [\s\S]*"code":"request.invalid"/);
    const header = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await exchange(header)).toMatch(/^HTTP\/1.1 413 [\s\S]*"code":"request.too_large"/);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  });
});

describe('pages and headers', () => {
  it('is healthy and ready', async () => {
    expect((await get('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await get('/readyz')).json()).toEqual({ status: 'ok' });
    expect(await server.api.ready()).toEqual({ ok: true });
  });

  it('describes every route in OpenAPI', async () => {
    const { openapi, paths } = (await get('/docs/json')).json();
    expect(openapi).toMatch(/^3\.1/);
    expect(Object.keys(paths).sort()).toEqual([
      '/healthz',
      '/readyz',
      '/v1/meetings',
      '/v1/meetings/{code}',
      '/v1/meetings/{code}/join',
    ]);
    const { requestBody, responses } = paths['/v1/meetings'].post;
    expect(requestBody.content['application/json'].schema.properties).toHaveProperty('title');
    expect(Object.keys(responses)).toEqual(['201', '400', '413', '415', '429']);
    expect(responses[400].content).toHaveProperty(['application/problem+json']);
  });

  it('serves the page of the documentation from its own files only', async () => {
    const page = await get('/docs');
    expect(page.statusCode).toBe(200);
    const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source ?? '');
    expect(sources.length).toBeGreaterThan(3);
    for (const source of sources) {
      expect(source).toMatch(/^\/docs\/static\//);
      expect((await get(source)).statusCode).toBe(200);
    }
    expect(page.headers['content-security-policy']).not.toMatch(/https?:|upgrade-insecure/);
  });

  it('sets the security headers on every answer', async () => {
    for (const url of ['/healthz', '/docs', '/v1/meetings/aaa-aaaa-aaa', '/v1/nothing', '/%zz', '/a-page']) {
      const { headers } = await get(url);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
    }
  });
});

describe('a server of its own', () => {
  it(
    'logs neither bodies nor secrets',
    async () => {
      let log = '';
      const stream = new Writable({
        write(chunk, _encoding, done) {
          log += chunk;
          done();
        },
      });
      const other = await startServer({ logger: pino({ level: 'trace' }, stream) });
      const { fastify } = other.api;
      const inject = async (url: string, payload: object, headers = {}) =>
        (await fastify.inject({ method: 'POST', url, payload, headers })).json();
      const created = await inject(
        '/v1/meetings',
        { title: 'T', password: 'hunter22' },
        { authorization: 'Bearer hush' },
      );
      const join = `/v1/meetings/${created.meeting.code}/join`;
      const { token } = await inject(join, { name: 'Ada', password: 'hunter22' });
      await inject(join, { name: 'Ada', password: 'hunter33' });
      await inject(join, { name: 'Ada', hostToken: created.hostToken });
      await other.close();
      expect(log).toContain('request completed');
      for (const hidden of ['hunter22', 'hunter33', 'hush', created.hostToken, token, 'Ada'])
        expect(log).not.toContain(hidden);
    },
    STARTING,
  );

  it(
    'takes the client’s address from one proxy, and only when told to',
    async () => {
      const limits = { create: { count: 1, period: 60_000 } };
      const behind = await startServer({ trustProxy: true, limits });
      const ask = (forwarded: string) =>
        behind.api.fastify.inject({
          method: 'POST',
          url: '/v1/meetings',
          payload: { title: 'T' },
          headers: { 'x-forwarded-for': forwarded },
        });
      expect((await ask('192.0.2.1')).statusCode).toBe(201);
      expect((await ask('192.0.2.2')).statusCode).toBe(201);
      expect((await ask('203.0.113.9, 192.0.2.1')).statusCode).toBe(429);
      await behind.close();

      const direct = await post('/v1/meetings', { title: 'T' });
      expect(direct.statusCode).toBe(201);
    },
    STARTING,
  );

  it('refuses a short secret', async () => {
    const starting = createServerApi({ dataDir: newFolder(), cluster: server.cluster, secret: 'short' });
    await expect(starting).rejects.toThrow(/32 bytes/);
  });

  it(
    'names further signalling servers and lets pages connect to them',
    async () => {
      const signallingOrigins = ['https://one.example.org', 'http://two.example.org:8080'];
      const other = await startServer({ signallingOrigins });
      const { fastify } = other.api;
      const created = await fastify.inject({ method: 'POST', url: '/v1/meetings', payload: { title: 'T' } });
      const url = `/v1/meetings/${created.json().meeting.code}/join`;
      expect((await fastify.inject({ method: 'POST', url, payload: { name: 'A' } })).json()).toMatchObject({
        signalling: signallingOrigins,
      });
      expect((await fastify.inject('/page')).headers['content-security-policy']).toContain(
        "connect-src 'self' https://one.example.org wss://one.example.org http://two.example.org:8080 ws://two.example.org:8080;",
      );
      await other.close();
    },
    STARTING,
  );

  it(
    'is not ready when another part is not',
    async () => {
      const other = await startServer({ alsoReady: async () => ({ ok: false, reason: 'no media worker' }) });
      const response = await other.api.fastify.inject('/readyz');
      expectProblem(response, 'server.unavailable');
      expect(response.json().detail).toBe('no media worker');
      expect((await other.api.fastify.inject('/healthz')).statusCode).toBe(200);
      await other.close();
    },
    STARTING,
  );

  it(
    'ends the presences that a killed process left behind',
    async () => {
      const dataDir = await newDataFolder();
      const first = await startServer({ dataDir });
      const { meeting } = (
        await first.api.fastify.inject({ method: 'POST', url: '/v1/meetings', payload: { title: 'T' } })
      ).json();
      const join = await first.api.fastify.inject({
        method: 'POST',
        url: `/v1/meetings/${meeting.code}/join`,
        payload: { name: 'A' },
      });
      const { roomId, sub } = JSON.parse(Buffer.from(join.json().token.split('.')[1], 'base64url').toString());
      await first.cluster.streams.append(ROOM_RECORDS_STREAM, {
        type: 'participant.joined',
        roomId,
        participantId: sub,
        name: 'A',
        role: 'guest',
        nodeId: 'node-1',
        at: 1000,
      });
      // Also what was appended the moment before the end is stored.
      await first.close();
      const second = await startServer({ dataDir });
      await second.close();
      const database = await openDatabase({ dataDir });
      expect(await new ParticipantRepository(database.queries).ofMeeting(roomId)).toMatchObject([
        { id: sub, leaveReason: 'node-lost' },
      ]);
      await database.close();
    },
    STARTING,
  );
});
