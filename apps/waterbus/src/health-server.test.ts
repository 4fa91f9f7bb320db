import type { Readiness } from '@waterbus/server-api';
import { expect, it } from 'vitest';
import { healthServer } from './health-server.js';
import { MediaLiveness } from './media-liveness.js';

const OK: Readiness = { ok: true };

it('is alive and not ready while it drains, and says which', async () => {
  const server = healthServer(undefined, { ready: () => ({ ok: false, reason: 'draining' }), alive: () => OK });
  const [ready, alive] = [await server.inject('/readyz'), await server.inject('/livez')];
  expect([ready.statusCode, alive.statusCode]).toEqual([503, 200]);
  expect(ready.json()).toMatchObject({ code: 'server.unavailable', detail: 'draining' });
  expect((await server.inject('/healthz')).statusCode).toBe(200);
});

it('is not alive when no media worker has been up for a minute', async () => {
  let now = 0;
  let workers = 1;
  let changed = () => {};
  const liveness = new MediaLiveness(
    {
      nodes: () => Array.from({ length: workers }) as never,
      onChange: (listener) => {
        changed = () => listener({ type: 'lost', node: undefined as never });
        return () => {};
      },
    },
    () => now,
  );
  const server = healthServer(undefined, { ready: () => OK, alive: () => liveness.check() });
  const status = async () => (await server.inject('/livez')).statusCode;
  expect(await status()).toBe(200);
  now = 100_000;
  workers = 0;
  changed();
  now += 59_999;
  expect(await status()).toBe(200);
  now += 1;
  expect(await status()).toBe(503);
  workers = 1;
  expect(await status()).toBe(200);
  // A short loss later counts from its own begin.
  workers = 0;
  expect(await status()).toBe(200);
});
