import { once } from 'node:events';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { problemSchema } from '@waterbus/protocol';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerUnderTest, STARTING, startServer } from '../test/server.js';

/** The number of malformed requests, for each change a fifth of a release's; raise it for a long run. */
const COUNT = Number(process.env.MALFORMED_REQUESTS ?? (process.env.RELEASE === '1' ? 100_000 : 20_000));

const unlimited = { count: 1_000_000_000, period: 1000 };

let server: ServerUnderTest;
let code: string;
beforeAll(async () => {
  server = await startServer({
    limits: {
      create: unlimited,
      createByOwner: unlimited,
      read: unlimited,
      write: unlimited,
      join: unlimited,
      wrongPasswordByAddress: unlimited,
      wrongPasswordByMeeting: unlimited,
      wrongSecretsByAddress: unlimited,
      absentMeeting: unlimited,
    },
  });
  const created = await server.api.fastify.inject({ method: 'POST', url: '/v1/meetings', payload: { title: 'T' } });
  code = created.json().meeting.code;
}, STARTING);
afterAll(() => server.close());

const json = { 'content-type': 'application/json' };

/** Nested values, with keys that have broken parsers before. */
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, 0, -0, 1e308, '', '\u0000', '\ud800', 'x'.repeat(200)),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(
        fc.string(),
        fc.constantFrom('__proto__', 'constructor', 'prototype', 'title', 'name', 'password', 'hostToken'),
      ),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value;

const valid = fc.constantFrom(
  '{"title":"T"}',
  '{"title":"T","password":"secret"}',
  '{"name":"A"}',
  '{"name":"A","hostToken":"x"}',
  '{"title":"T","constructor":{"prototype":{"x":1}}}',
);

/** A valid body with some bytes changed, added or removed. */
const mutated = fc
  .tuple(
    valid,
    fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 }), fc.constantFrom(0, 1, 2)), { minLength: 1 }),
  )
  .map(([text, changes]) => {
    const bytes = [...Buffer.from(text)];
    for (const [at, byte, kind] of changes)
      bytes.splice(at % (bytes.length + 1), kind === 0 ? 0 : 1, ...(kind === 2 ? [] : [byte]));
    return Buffer.from(bytes);
  });

const body = fc.oneof(
  anyJson.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
  fc
    .record({ title: anyJson, password: anyJson, name: anyJson, hostToken: anyJson }, { requiredKeys: [] })
    .map((value) => Buffer.from(JSON.stringify(value))),
  mutated,
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.nat({ max: 5000 }).map((depth) => Buffer.from(`{"title":${'['.repeat(depth)}`)),
);

const address = fc.oneof(
  fc.constantFrom('/v1/meetings', '/v1/meetings/:code/join', '/v1/meetings/aaa-aaaa-aaa/join', '/v1/meetings/%00/join'),
  fc
    .string({ unit: 'binary', maxLength: 40 })
    .map((text) => `/v1/meetings/${encodeURIComponent(Buffer.from(text).toString())}`),
  // Requests that `inject` itself cannot send go over a socket, below.
  fc.stringMatching(/^\/[!-~]{0,40}$/).filter((url) => URL.canParse(url, 'http://localhost')),
);

const headers = fc.oneof(
  { weight: 4, arbitrary: fc.constant(json) },
  {
    weight: 1,
    arbitrary: fc.stringMatching(/^[ -~]{0,40}$/).map((type) => ({ 'content-type': type })),
  },
);

const method = fc.oneof(
  { weight: 5, arbitrary: fc.constant('POST' as const) },
  { weight: 1, arbitrary: fc.constantFrom('GET' as const, 'PUT' as const, 'DELETE' as const, 'OPTIONS' as const) },
);

const request: fc.Arbitrary<InjectOptions> = fc.record({ method, url: address, payload: body, headers });

async function send(options: InjectOptions) {
  const url = String(options.url).replace(':code', code);
  const withBody = options.method === 'GET' ? { ...options, payload: undefined } : options;
  return server.api.fastify.inject({ ...withBody, url });
}

describe('malformed requests', () => {
  it(
    'are never answered by a failure of the server, and every refusal is a problem of the catalogue',
    async () => {
      await fc.assert(
        fc.asyncProperty(request, async (options) => {
          const response = await send(options);
          expect(response.statusCode).toBeLessThan(500);
          if (response.statusCode >= 400) problemSchema.parse(response.json());
        }),
        { numRuns: 2000 },
      );
    },
    STARTING,
  );

  it.each(['/\\', '//', '//:x', '//%5c/..', '*', 'http://x:y/', '/\x80', '?', '/v1/meetings/\\..\\', '/#'])(
    'to the address %j are answered or disconnected, and the next one is served',
    async (target) => {
      const { fastify } = server.api;
      if (!fastify.server.listening) await fastify.listen({ port: 0, host: '127.0.0.1' });
      const { port } = fastify.server.address() as { port: number };
      const socket = connect(port, '127.0.0.1').setEncoding('latin1');
      let answer = '';
      socket.on('data', (text) => {
        answer += text;
      });
      socket.write(`POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`, 'latin1');
      await once(socket, 'close');
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    },
  );

  it(`${COUNT} of them leave the server working and its memory bounded`, async () => {
    const samples = fc.sample(request, { numRuns: Math.min(COUNT, 4000), seed: 20_260_101 });
    const statuses = new Map<number, number>();
    const round = async (count: number) => {
      for (let sent = 0; sent < count; ) {
        const batch = Array.from(
          { length: Math.min(AT_ONCE, count - sent) },
          (_, n) => samples[(sent + n) % samples.length],
        );
        sent += batch.length;
        for (const { statusCode } of await Promise.all(batch.map((options) => send(options ?? {})))) {
          statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
        }
      }
    };
    // The first fifth warms up caches and compiled code; later growth is a leak.
    await round(Math.ceil(COUNT / 5));
    const before = heapUsed();
    await round(COUNT - Math.ceil(COUNT / 5));
    const grown = heapUsed() - before;

    expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
    expect(statuses.get(400) ?? 0).toBeGreaterThan(COUNT / 4);
    expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(COUNT);
    expect(grown).toBeLessThan(HEAP_GROWTH);
    expect((await server.api.fastify.inject(`/v1/meetings/${code}`)).statusCode).toBe(200);
    expect(await server.api.ready()).toEqual({ ok: true });
  }, 600_000);
});

/** Bytes in use after garbage collection. */
function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Concurrent requests. */
const AT_ONCE = 50;

/** Bytes: far less than the bodies sent, far more than the garbage that awaits collection. */
const HEAP_GROWTH = 64 * 1024 * 1024;
