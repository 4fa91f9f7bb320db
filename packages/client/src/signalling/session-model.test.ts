import type { ServerEvent } from '@waterbus/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeServer } from '../../test/fake-server.js';
import { coded } from '../failures.js';
import { SignallingSession } from './session.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function setUp(random: () => number) {
  const server = new FakeServer();
  const log: string[] = [];
  const session = new SignallingSession({
    openSocket: server.openSocket,
    authorize: async () => ({ token: 'token', origins: ['one', 'two'] }),
    random,
    listener: {
      entered: (_, entry) => log.push(entry),
      message: ({ name }) => log.push(name),
      connection: (state) => log.push(state),
      closed: (reason) => log.push(`closed ${reason}`),
    },
  });
  /** The events that a server or the network can cause, on the newest socket or an older one. */
  const steps: (() => unknown)[] = [
    () => server.cut(),
    () => server.send('moving', { reason: 'server-draining' }),
    () => server.send('staying', {}),
    () => server.send('mediaNode.lost', { mediaNodeId: 'node-1' }),
    () => ended('expired'),
    () => ended('replaced'),
    () => server.sockets.at(-2)?.listener.lost(),
    () => server.sockets.at(-2)?.listener.message({ name: 'ended', data: { reason: 'replaced' } }),
    () => session.networkChanged(),
    () => session.change(async () => ({ token: 'other', origins: ['one', 'two'] })).catch(() => {}),
    () => session.request('sync', {}).catch(() => {}),
    () => {
      server.reachable = !server.reachable;
    },
    () => {
      const codes = ['server.draining', 'session.expired', 'session.replaced'] as const;
      const code = codes[Math.floor(random() * codes.length)]!;
      server.overrides.resume = () => {
        throw coded(code);
      };
    },
    () => {
      server.overrides = {};
      server.reachable = true;
    },
  ];
  const ended = (reason: ServerEvent<'ended'>['reason']) => server.send('ended', { reason });
  return { server, session, log, steps };
}

describe('a session, whatever happens in whatever order', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'closes once, reports nothing afterwards and leaves no socket open (seed %i)',
    async (seed) => {
      const random = numbers(seed);
      const { server, session, log, steps } = setUp(random);
      await session.start();
      for (let i = 0; i < 60 && session.connection !== 'closed'; i++) {
        steps[Math.floor(random() * steps.length)]!();
        if (random() < 0.6) await vi.advanceTimersByTimeAsync(random() * 400);
        expect(server.sockets.filter(({ open }) => open).length).toBeLessThanOrEqual(2);
      }
      server.overrides = {};
      server.reachable = true;
      await vi.advanceTimersByTimeAsync(10_000);
      if (session.connection !== 'closed') {
        expect(session.connection).toBe('connected');
        await session.request('sync', {});
        expect(server.sockets.filter(({ open }) => open)).toHaveLength(1);
      }
      await session.leave();
      for (const { listener } of server.sockets) listener.message({ name: 'ended', data: { reason: 'kicked' } });
      await vi.advanceTimersByTimeAsync(10_000);
      expect(log.filter((entry) => entry.startsWith('closed '))).toHaveLength(1);
      expect(log.at(-1)).toMatch(/^closed /);
      expect(log.filter((entry) => entry === 'closed')).toHaveLength(1);
      expect(server.sockets.filter(({ open }) => open)).toEqual([]);
    },
  );

  it('enters no room after a listener has left the call', async () => {
    const server = new FakeServer();
    const log: string[] = [];
    const session: SignallingSession = new SignallingSession({
      openSocket: server.openSocket,
      authorize: async () => ({ token: 'token', origins: ['one'] }),
      listener: {
        entered: (_, entry) => log.push(entry),
        message: () => {},
        connection: (state) => {
          log.push(state);
          if (state === 'connected') void session.leave();
        },
        closed: (reason) => log.push(`closed ${reason}`),
      },
    });
    await session.start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(log).toEqual(['connected', 'closed', 'closed left']);
    expect(server.sockets.filter(({ open }) => open)).toEqual([]);
  });
});
