import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { ROOM_RECORDS_STREAM } from '@waterbus/protocol';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../test/problem.js';
import { newAddress, newDataFolder, newFolder, type ServerUnderTest, STARTING, startServer } from '../test/server.js';
import { openDatabase } from './database/database.js';
import { createServerApi } from './index.js';
import { ParticipantRepository } from './participants/participant-repository.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer({ notFound: (_request, reply) => reply.type('text/html').send('<p>the web app</p>') });
}, STARTING);
afterAll(() => server.close());

const post = (url: string, payload: object, remoteAddress = newAddress()) =>
  server.api.fastify.inject({ method: 'POST', url, payload, remoteAddress });
const get = (url: string, remoteAddress = newAddress()) => server.api.fastify.inject({ url, remoteAddress });

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

  it('refuses bodies that are too large', async () => {
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

  it('serves other pages through the notFound option', async () => {
    const page = await get('/abc-defg-hjk');
    expect(page.body).toBe('<p>the web app</p>');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  });

  it('answers bytes that are not HTTP', async () => {
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
    const some = ['/healthz', '/readyz', '/v1/meetings', '/v1/meetings/{code}/join', '/v1/invitations/accept'];
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(some));
    const { requestBody, responses } = paths['/v1/meetings'].post;
    expect(requestBody.content['application/json'].schema.properties).toHaveProperty('title');
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['201', '400', '401', '413', '415', '429']));
    expect(responses[400].content).toHaveProperty(['application/problem+json']);
  });

  it('serves the page of the documentation from its own files only', async () => {
    expect((await get('/docs/rest')).headers.location).toBe('/docs/rest/');
    const page = await get('/docs/rest/');
    expect(page.statusCode).toBe(200);
    const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source ?? '');
    expect(sources.sort()).toEqual(['/favicon.svg', 'js/scalar.js']);
    expect((await get('/docs/rest/js/scalar.js')).statusCode).toBe(200);
    const policy = page.headers['content-security-policy'];
    expect(policy).toMatch(/script-src 'self' 'sha256-/);
    expect(policy).not.toMatch(/https?:|upgrade-insecure|unsafe-eval|script-src[^;]*unsafe-inline/);
  });

  it('sets the security headers on every answer', async () => {
    for (const url of ['/healthz', '/docs/rest', '/v1/meetings/aaa-aaaa-aaa', '/v1/nothing', '/%zz', '/a-page']) {
      const { headers } = await get(url);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
    }
  });
});

describe('a separate server', () => {
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
      const meeting = { title: 'T', password: 'hunter22' };
      expect(await inject('/v1/meetings', meeting, { authorization: 'Bearer hush' })).toMatchObject({ status: 401 });
      const created = await inject('/v1/meetings', meeting);
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
    'takes the client’s address from trusted proxies alone',
    async () => {
      const limits = { create: { count: 1, period: 60_000 } };
      const behind = await startServer({ trustedProxies: ['10.0.0.0/8'], limits });
      const ask = (forwarded: string, remoteAddress = '10.0.0.1') =>
        behind.api.fastify.inject({
          method: 'POST',
          url: '/v1/meetings',
          payload: { title: 'T' },
          headers: { 'x-forwarded-for': forwarded },
          remoteAddress,
        });
      expect((await ask('192.0.2.1')).statusCode).toBe(201);
      expect((await ask('192.0.2.2')).statusCode).toBe(201);
      expect((await ask('203.0.113.9, 192.0.2.1')).statusCode).toBe(429);
      expect((await ask('192.0.2.3, 10.7.7.7')).statusCode).toBe(201);
      // A client that bypasses the proxy cannot forge an address.
      expect((await ask('203.0.113.1', '198.51.100.1')).statusCode).toBe(201);
      expect((await ask('203.0.113.2', '198.51.100.1')).statusCode).toBe(429);
      await behind.close();

      const direct = await post('/v1/meetings', { title: 'T' });
      expect(direct.statusCode).toBe(201);
    },
    STARTING,
  );

  it(
    'lets listed origins frame the page of a meeting, and nobody any other page',
    async () => {
      const open = await startServer({ frameAncestors: ['https://shop.example.org', 'https://*.example.net'] });
      const headersOf = async (on: ServerUnderTest, url: string) =>
        (await on.api.fastify.inject({ url, remoteAddress: newAddress() })).headers;
      const policy = (ancestors: string) => expect.stringMatching(new RegExp(`; frame-ancestors ${ancestors}$`));
      for (const url of ['/m/abc-defg-hjk', '/embed/abc-defg-hjk', '/m/abc-defg-hjk?name=Ada']) {
        const headers = await headersOf(open, url);
        expect(headers['content-security-policy']).toEqual(policy("'self' https://shop.example.org https://.*"));
        expect(headers['x-frame-options']).toBeUndefined();
        // Without the setting: no page.
        expect(await headersOf(server, url)).toMatchObject({
          'x-frame-options': 'DENY',
          'content-security-policy': policy("'none'"),
        });
      }
      for (const url of [
        '/',
        '/account',
        '/admin',
        '/m/abc/account',
        '/embed',
        '/embed/abc/account',
        '/v1/server',
        '/docs/rest',
      ]) {
        const headers = await headersOf(open, url);
        expect(headers['content-security-policy']).toEqual(policy("'none'"));
        expect(headers['x-frame-options']).toBe('DENY');
      }
      await open.close();
    },
    STARTING,
  );

  it(
    'allows pages of listed origins with bearer tokens, and sends no CORS headers to others',
    async () => {
      const open = await startServer({ allowedOrigins: ['https://shop.example.org'] });
      const preflight = (on: ServerUnderTest, origin: string) =>
        on.api.fastify.inject({
          method: 'OPTIONS',
          url: '/v1/meetings',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
          },
          remoteAddress: newAddress(),
        });
      const requested = (on: ServerUnderTest, origin: string) =>
        on.api.fastify.inject({ url: '/v1/meetings/aaa-aaaa-aaa', headers: { origin }, remoteAddress: newAddress() });
      const allowed = await preflight(open, 'https://shop.example.org');
      expect(allowed.statusCode).toBe(204);
      expect(allowed.headers).toMatchObject({
        'access-control-allow-origin': 'https://shop.example.org',
        'access-control-allow-headers': expect.stringContaining('authorization'),
        vary: expect.stringMatching(/origin/i),
      });
      const answer = await requested(open, 'https://shop.example.org');
      expect(answer.headers['access-control-allow-origin']).toBe('https://shop.example.org');
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
      for (const [on, origin] of [
        [open, 'https://evil.example'],
        [open, 'https://shop.example.org.evil.example'],
        [open, 'null'],
        [server, 'https://shop.example.org'],
      ] as const) {
        for (const { headers } of [await preflight(on, origin), await requested(on, origin)]) {
          expect(headers['access-control-allow-origin']).toBeUndefined();
        }
      }
      await open.close();
    },
    STARTING,
  );

  it(
    'sets HSTS only for browsers on https',
    async () => {
      const hsts = async (on: ServerUnderTest, host: string, headers = {}, remoteAddress = newAddress()) =>
        (await on.api.fastify.inject({ url: '/healthz', headers: { host, ...headers }, remoteAddress })).headers[
          'strict-transport-security'
        ];
      expect(await hsts(server, 'meet.example.org')).toBeUndefined();
      expect(await hsts(server, 'meet.example.org', { 'x-forwarded-proto': 'https' })).toBeUndefined();
      const behind = await startServer({ trustedProxies: ['10.0.0.1'] });
      const https = { 'x-forwarded-proto': 'https' };
      expect(await hsts(behind, 'meet.example.org', https, '10.0.0.1')).toBe('max-age=31536000');
      expect(await hsts(behind, 'localhost:8443', https, '10.0.0.1')).toBeUndefined();
      await behind.close();
      const publicly = await startServer({ publicUrl: 'https://meet.example.org' });
      expect(await hsts(publicly, 'meet.example.org')).toBe('max-age=31536000');
      await publicly.close();
    },
    STARTING,
  );

  it('refuses a short secret', async () => {
    const starting = createServerApi({ dataDir: newFolder(), cluster: server.cluster, secret: 'short' });
    await expect(starting).rejects.toThrow(/32 bytes/);
  });

  it(
    'lists further signalling servers and allows pages to connect to them',
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
    'is not ready when another part is not ready',
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
      // Records appended the moment before the end are stored too.
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
