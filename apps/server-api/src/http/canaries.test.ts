import { randomUUID } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { sql } from 'drizzle-orm';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newPerson } from '../../test/people.js';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import type { Queries } from '../database/database.js';
import { mails, users } from '../database/schema.js';
import { loggedError, logOptions } from './log-options.js';

/** A value that must not occur in a log, in any form of an error. */
const CANARY = 'canary-7f3a';
const MAIL = `${CANARY}@example.org`;

/** Everything logged at every level, as text. */
function newLog() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, logger: pino({ ...logOptions, level: 'trace' }, stream) };
}

const clean = (lines: string[]) => lines.filter((line) => line.includes('canary') || line.includes('example.org'));

/** Ways in which a statement fails with a value in it. */
const failing: Record<string, (queries: Queries) => Promise<unknown>> = {
  'a value that is there already': async (queries) => {
    const row = { name: CANARY, email: MAIL, createdAt: new Date() };
    await queries.insert(users).values(row);
    await queries.insert(users).values(row);
  },
  'the same inside a transaction': (queries) =>
    queries.transaction(async (transaction) => {
      await transaction.insert(users).values({ name: CANARY, email: MAIL, createdAt: new Date() });
    }),
  'a text of another type': (queries) => queries.execute(sql`select ${CANARY}::uuid`),
  'a text with NUL': (queries) => queries.execute(sql`select ${`${CANARY}\0`}::text`),
  'half of a surrogate pair in JSON': (queries) => queries.execute(sql`select ${`{"a":"${CANARY}\\ud800"}`}::jsonb`),
  'a moment out of range': (queries) => queries.execute(sql`select ${`99999999-01-01 ${CANARY}`}::timestamptz`),
  'a missing reference': (queries) =>
    queries.execute(sql`insert into sessions (user_id, rotated_at, created_at, last_used_at, expires_at, user_agent)
      values (${randomUUID()}, now(), now(), now(), now(), ${CANARY})`),
  'a column that must be set': (queries) => queries.execute(sql`insert into users (name) values (${CANARY})`),
  'an exception of a function': (queries) =>
    queries.execute(sql.raw(`do $$ begin raise exception 'value ${CANARY} of ${MAIL}'; end $$`)),
  'a syntax error beside a literal': (queries) => queries.execute(sql.raw(`select '${CANARY}' frm '${MAIL}'`)),
  'a cancelled statement': (queries) =>
    queries.transaction(async (transaction) => {
      await transaction.execute(sql`set local statement_timeout = 1`);
      await transaction.execute(sql`select ${CANARY}::text, count(*) from generate_series(1, 1000000000)`);
    }),
};

function failWith(server: ServerUnderTest): void {
  server.api.fastify.get<{ Querystring: { kind: string } }>('/failing', async ({ query }) => {
    await failing[query.kind]?.(server.queries);
    return 'did not fail';
  });
}

const statusOf = async (server: ServerUnderTest, kind: string) => {
  const url = `/failing?kind=${encodeURIComponent(kind)}&token=${CANARY}`;
  const response = await server.api.fastify.inject(url);
  expect(response.body).not.toContain('canary');
  return response.statusCode;
};

describe.each(['PGlite', 'PostgreSQL'])('the log of a server on %s', (kind) => {
  let postgres: PostgresUnderTest | undefined;
  let server: ServerUnderTest;
  const log = newLog();
  beforeAll(async () => {
    if (kind === 'PostgreSQL') postgres = await startPostgres();
    server = await startServer({ logger: log.logger, databaseUrl: await postgres?.newDatabase() });
    failWith(server);
  }, STARTING);
  afterAll(async () => {
    await server.close();
    await postgres?.close();
  });

  it.each(Object.keys(failing).filter((name) => kind === 'PostgreSQL' || name !== 'a cancelled statement'))(
    'contains no value of a failed statement: %s',
    async (name) => {
      log.lines.length = 0;
      expect(await statusOf(server, name)).toBe(name === 'a cancelled statement' ? 503 : 500);
      expect(log.lines.join('')).toContain('request failed');
      expect(clean(log.lines)).toEqual([]);
    },
  );

  it('contains no value of a refused request', async () => {
    log.lines.length = 0;
    const { fastify } = server.api;
    const person = await newPerson(server, { email: `person-${MAIL}`, name: CANARY });
    const ask = (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object | string, headers = {}) =>
      fastify.inject({
        method,
        url,
        remoteAddress: newAddress(),
        headers: { 'content-type': 'application/json', 'user-agent': CANARY, cookie: `a=${CANARY}`, ...headers },
        ...(payload === undefined ? {} : { payload }),
      });
    await ask('POST', '/v1/sessions', { email: MAIL, password: CANARY });
    await ask('POST', '/v1/sessions', `{"email": "${MAIL}", "password": ${CANARY}`);
    await ask('POST', '/v1/accounts', { email: MAIL, password: `${CANARY}\0`, name: CANARY });
    await ask('GET', `/v1/meetings/${CANARY}?password=${CANARY}`);
    await ask('GET', `/${MAIL}?token=${CANARY}`);
    await ask('GET', `/v1/meetings?cursor=${CANARY}`, undefined, { authorization: `Bearer ${CANARY}` });
    await ask('GET', `/v1/me?x=${CANARY}`, undefined, person.headers);
    await ask('POST', '/v1/webhooks', { url: `https://user:${CANARY}@10.0.0.1/${CANARY}` }, person.headers);
    await ask('GET', `/v1/identity-providers/none/callback?code=${CANARY}&state=${CANARY}`);
    expect(log.lines.length).toBeGreaterThan(9);
    expect(clean(log.lines)).toEqual([]);
  });

  it('answers 503 and logs no value while the database is unreachable', { timeout: STARTING }, async () => {
    log.lines.length = 0;
    if (postgres) await postgres.stop();
    else await server.api.close();
    for (const name of ['a value that is there already', 'the same inside a transaction']) {
      if (postgres) expect(await statusOf(server, name)).toBe(503);
      else await expect(failing[name]?.(server.queries)).rejects.toThrow();
    }
    if (postgres) {
      const url = '/v1/sessions';
      const payload = { email: MAIL, password: CANARY };
      const response = await server.api.fastify.inject({ method: 'POST', url, payload, remoteAddress: newAddress() });
      expect([response.statusCode, response.json().code]).toEqual([503, 'server.unavailable']);
    }
    expect(clean(log.lines)).toEqual([]);
  });
});

describe('the log of mail', () => {
  it('contains no address, text or password when the mail server refuses with all of them', {
    timeout: STARTING,
  }, async () => {
    const sockets: Socket[] = [];
    const smtp = createServer((socket) => {
      sockets.push(socket);
      socket.write('220 here\r\n');
      socket.on('data', (text) => {
        const answer = String(text).startsWith('EHLO')
          ? '250-here\r\n250 AUTH PLAIN'
          : `535 5.7.8 <${MAIL}> ${CANARY} refused`;
        socket.write(`${answer}\r\n`);
      });
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
    const { port } = smtp.address() as { port: number };
    const log = newLog();
    const server = await startServer({
      logger: log.logger,
      mail: { url: `smtp://${CANARY}:${CANARY}@127.0.0.1:${port}`, from: `Waterbus <${MAIL}>` },
      publicUrl: 'https://meet.test',
    });
    await server.queries.insert(mails).values({
      recipient: MAIL,
      subject: CANARY,
      text: CANARY,
      createdAt: new Date(server.clock.date()),
      nextAttemptAt: new Date(server.clock.date()),
    });
    await vi.waitFor(
      async () => {
        await server.clock.advance(2000);
        expect(log.lines.join('')).toContain('sending a mail failed; it is retried');
      },
      { timeout: STARTING, interval: 50 },
    );
    await server.close();
    for (const socket of sockets) socket.destroy();
    smtp.close();
    expect(clean(log.lines)).toEqual([]);
  });
});

describe('loggedError', () => {
  const text = (error: unknown) => JSON.stringify(loggedError(error));

  it.each([
    ['a mail address', `550 <${MAIL}> is unknown`],
    ['an address with a password', `connect to redis://user:${CANARY}@host:6379/0 failed`],
    ['a quoted value', `Unexpected token 'c', "${CANARY}" is not valid JSON`],
    ['a quote that does not end', `value "${CANARY} is cut`],
    ['a token', `bad token ${CANARY}.eyJhbGciOiJIUzI1NiJ9`.replace('canary-7f3a.', '')],
  ])('omits %s', (_what, message) => {
    expect(text(new Error(message))).not.toMatch(/canary|example\.org|eyJ/);
    expect(text(message)).not.toMatch(/canary|example\.org|eyJ/);
  });

  it('does not mistake lines of a message for lines of the stack', () => {
    const error = new Error(`x\n    at ${CANARY} (file:1:2)`);
    expect((loggedError(error) as { stack: string }).stack).not.toContain('canary');
  });

  it('keeps the location of the fault', () => {
    const cause = Object.assign(new Error('no'), { code: 'ECONNREFUSED', syscall: 'connect', port: 25 });
    expect(loggedError(new TypeError("Cannot read properties of undefined (reading 'name')", { cause }))).toMatchObject(
      {
        type: 'TypeError',
        message: "Cannot read properties of undefined (reading 'name')",
        stack: expect.stringContaining('canaries.test.ts'),
        cause: { code: 'ECONNREFUSED', syscall: 'connect', port: 25, message: 'no' },
      },
    );
  });
});
