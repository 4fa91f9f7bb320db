import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { newPerson } from '../../test/people.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { defaultLimits } from '../limits/limits.js';
import { hashPassword, passwordQueue } from './password.js';

/**
 * Every computation waits, in place of libuv, until a test releases it. `verified`: hashes in the
 * order in which their verification began.
 */
const argon2 = vi.hoisted(() => ({
  held: undefined as (() => void)[] | undefined,
  atOnce: 0,
  most: 0,
  verified: [] as string[],
}));
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof import('@node-rs/argon2')>();
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    argon2.atOnce += 1;
    argon2.most = Math.max(argon2.most, argon2.atOnce);
    try {
      if (argon2.held) await new Promise<void>((resolve) => argon2.held?.push(resolve));
      return await work();
    } finally {
      argon2.atOnce -= 1;
    }
  };
  return {
    ...real,
    hash: (...args: Parameters<typeof real.hash>) => counted(() => real.hash(...args)),
    verify: (...args: Parameters<typeof real.verify>) => {
      argon2.verified.push(String(args[0]));
      return counted(() => real.verify(...args));
    },
  };
});

const PASSWORD = 'the password of everybody here';
/** Threads of libuv. */
const THREADS = 4;

let server: ServerUnderTest;
let passwordHash: string;
beforeAll(async () => {
  const plenty = { count: 1e6, period: 60_000 };
  // Other tests cover the limits by address: here every request reaches argon2.
  const limits = { ...defaultLimits, signIn: plenty, wrongSecretsByAddress: plenty, write: plenty };
  server = await startServer({ limits });
  passwordHash = await hashPassword(PASSWORD);
}, STARTING);
afterAll(() => server.close());
afterEach(() => {
  const held = argon2.held ?? [];
  argon2.held = undefined;
  for (const go of held) go();
});

const signIn = (email: string, remoteAddress: string, password = PASSWORD) =>
  server.api.fastify.inject({ method: 'POST', url: '/v1/sessions', payload: { email, password }, remoteAddress });

it(
  'a flood of sign-ins fills neither the process nor its threads, and is refused at once',
  async () => {
    const attacker = newAddress();
    argon2.held = [];
    argon2.most = 0;
    const flood = Array.from({ length: 200 }, (_, n) => signIn(`nobody-${n}@example.org`, attacker, 'wrong password'));
    const answered: number[] = [];
    for (const one of flood) one.then(({ statusCode }) => answered.push(statusCode));
    await vi.waitFor(() => expect(answered.length).toBe(200 - argon2.most - 16), { timeout: 60_000 });
    // No hash was computed so far, and the rest has its answer.
    expect(new Set(answered)).toEqual(new Set([503]));
    expect(argon2.most).toBeLessThan(THREADS - 1);
    expect([passwordQueue.running, passwordQueue.waiting]).toEqual([argon2.most, 16]);
    const refused = await signIn('nobody@example.org', attacker);
    expect(refused.json()).toMatchObject({ code: 'server.busy', status: 503 });
    expect(refused.headers['retry-after']).toBe('2');

    // Meanwhile a page, a file and a host name, which need threads too.
    const page = await server.api.fastify.inject({ url: '/healthz', remoteAddress: newAddress() });
    expect(page.statusCode).toBe(200);
    await readFile(import.meta.filename);
    await lookup('localhost');

    // A neighbour waits for one of the flood's computations, not for all sixteen.
    const { email } = await newPerson(server, { passwordHash });
    const neighbour = signIn(email, newAddress());
    await vi.waitFor(() => expect(passwordQueue.waiting).toBe(17));
    argon2.verified = [];
    const held = argon2.held;
    argon2.held = undefined;
    for (const go of held) go();
    expect((await neighbour).statusCode).toBe(201);
    expect(argon2.verified).toContain(passwordHash);
    expect(argon2.verified.indexOf(passwordHash)).toBeLessThanOrEqual(2 * argon2.most);
    await Promise.all(flood);
    expect([passwordQueue.running, passwordQueue.waiting]).toEqual([0, 0]);
  },
  STARTING,
);

it(
  'sign-ins of many accounts from one address are limited, and only from there',
  async () => {
    const one = await startServer();
    try {
      const attacker = newAddress();
      const { email } = await newPerson(one, { passwordHash });
      const ask = (address: string, to: string, password: string) =>
        one.api.fastify.inject({
          method: 'POST',
          url: '/v1/sessions',
          payload: { email: to, password },
          remoteAddress: address,
        });
      const statuses: number[] = [];
      for (let n = 0; n < 60; n += 1) {
        statuses.push((await ask(attacker, `nobody-${n}@example.org`, 'wrong password')).statusCode);
      }
      expect(statuses.slice(0, 30)).toEqual(Array(30).fill(401));
      expect(statuses.slice(30)).toEqual(Array(30).fill(429));
      expect((await ask(newAddress(), email, PASSWORD)).statusCode).toBe(201);
    } finally {
      await one.close();
    }
  },
  STARTING,
);
