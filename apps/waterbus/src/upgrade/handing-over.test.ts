import { Agent, createServer, get, type Server } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readSettings, type Settings } from '../settings.js';
import type { SuccessorEvents } from './generations.js';
import { HandingOver } from './handing-over.js';
import { Listener } from './listener.js';
import type { Order } from './messages.js';

const servers: Server[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) server.close();
});

describe('an upgrade', () => {
  it('hands over the listening socket, stops accepting once the successor is ready, and drains', async () => {
    const { handingOver, successor, system, listener } = await running();
    const upgraded = handingOver.run(PROGRAM);
    expect(successor.orders).toEqual([
      { type: 'socket', name: 'page' },
      { type: 'begin', httpPort: 8080, acme: false, redirect: false },
    ]);
    expect(listener.server.listening).toBe(true);
    successor.events.onNews({ type: 'ready' });
    await vi.waitFor(() => expect(system.calls).toEqual(['drain']));
    expect(listener.server.listening).toBe(false);
    system.drained({ participants: 3 });
    await vi.waitFor(() => expect(successor.orders.at(-1)).toMatchObject({ type: 'gaps' }));
    successor.events.onNews({ type: 'gaps', gaps: { ben: 20, cleo: 60 } });
    expect(await upgraded).toMatchObject({ left: 3, gaps: [40, 60, 90] });
  });

  it('leaves everything as it is when the successor does not start, and repeats its last word', async () => {
    const { handingOver, successor, system, listener } = await running();
    const upgraded = handingOver.run(PROGRAM);
    successor.events.onNews({ type: 'failed', message: 'HTTP_PORT: must be a whole number' });
    successor.events.onEnded('code 2');
    await expect(upgraded).rejects.toMatchObject({
      code: 'upgrade.start_failed',
      message: 'HTTP_PORT: must be a whole number',
    });
    expect([listener.server.listening, system.calls]).toEqual([true, ['resume', 'stay']]);
    expect(handingOver.run(PROGRAM)).toBeInstanceOf(Promise);
  });

  it('ends a successor that is not ready in time', async () => {
    const { handingOver, successor } = await running();
    vi.useFakeTimers();
    const upgraded = handingOver.run(PROGRAM);
    const refused = expect(upgraded).rejects.toMatchObject({ code: 'upgrade.start_failed' });
    await vi.advanceTimersByTimeAsync(300_000);
    await refused;
    expect(successor.ended).toBe(true);
  });

  it('accepts connections and newcomers again when the successor is lost while people move', async () => {
    const { handingOver, successor, system, listener } = await running();
    const upgraded = handingOver.run(PROGRAM);
    successor.events.onNews({ type: 'ready' });
    await vi.waitFor(() => expect(system.calls).toEqual(['drain']));
    successor.events.onEnded('SIGKILL');
    await expect(upgraded).rejects.toMatchObject({ code: 'upgrade.successor_lost' });
    expect([listener.server.listening, system.calls]).toEqual([true, ['drain', 'resume', 'stay']]);
  });

  it('closes the database once no request needs it, and opens it again when the successor ends', async () => {
    const { handingOver, successor, system, listener, url } = await running();
    const upgraded = handingOver.run(PROGRAM);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const status = () =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = get(`${url}a?b=c`, { agent }, (response) => {
          response
            .resume()
            .on('end', () => resolve(response.headers.location === '/a?b=c' ? 307 : response.statusCode));
        });
        asked.on('error', reject);
      });
    expect(await status()).toBe(200);
    successor.events.onNews({ type: 'database' });
    await vi.waitFor(() => expect(successor.orders.at(-1)).toEqual({ type: 'database' }));
    expect([system.calls, listener.server.listening]).toEqual([['suspend'], true]);
    expect(await status()).toBe(307);
    successor.events.onEnded('code 1');
    await expect(upgraded).rejects.toMatchObject({ code: 'upgrade.start_failed' });
    expect([system.calls, listener.server.listening]).toEqual([['suspend', 'resume', 'stay'], true]);
    expect(await status()).toBe(200);
    agent.destroy();
  });

  it('is refused during another one, and where two versions cannot run side by side', async () => {
    const { handingOver } = await running();
    handingOver.run(PROGRAM).catch(() => {});
    await expect(handingOver.run(PROGRAM)).rejects.toMatchObject({ code: 'upgrade.in_progress' });
    const other = await running({ MEDIA_EXTRA_PORTS: '443' });
    await expect(other.handingOver.run(PROGRAM)).rejects.toMatchObject({ code: 'upgrade.refused' });
  });
});

const PROGRAM = { execPath: '/usr/bin/node', script: '/opt/waterbus/dist/main.js' };

async function running(more: Record<string, string> = {}) {
  const server = createServer((_request, response) => response.end('page'));
  servers.push(server);
  const listener = new Listener('page', server, { port: 0, host: '127.0.0.1' });
  await listener.open(undefined);
  const { port } = server.address() as { port: number };
  const reopened = new Listener('page', server, { port, host: '127.0.0.1' });
  let drained: (result: { participants: number }) => void = () => {};
  const calls: string[] = [];
  const system = { calls, drained: (result: { participants: number }) => drained(result) };
  const successor = {
    orders: [] as Order[],
    ended: false,
    events: {} as SuccessorEvents,
  };
  const handingOver = new HandingOver(
    {
      settings: settings(more),
      listeners: [reopened],
      turnDatagrams: undefined,
      drain: () => {
        calls.push('drain');
        return new Promise((resolve) => {
          drained = resolve;
        });
      },
      stay: () => void calls.push('stay'),
      suspend: async () => void calls.push('suspend'),
      resume: async () => void calls.push('resume'),
      share: () => undefined,
      gaps: () => ({ ada: 40, ben: 90 }),
      close: async () => {},
    },
    'a',
    (_launch, events) => {
      successor.events = events;
      const end = () => {
        successor.ended = true;
        events.onEnded('SIGKILL');
      };
      return { send: (order) => successor.orders.push(order), end };
    },
  );
  return { handingOver, successor, system, listener: reopened, url: `http://127.0.0.1:${port}/` };
}

function settings(more: Record<string, string>): Settings {
  const cluster = { REDIS_URL: 'redis://localhost', DATABASE_URL: 'postgres://localhost/waterbus' };
  const result = readSettings({ ...cluster, SECRET: 's'.repeat(32), ...more });
  if ('problems' in result) throw new Error(result.problems.join());
  return result.settings;
}
