import { describe, expect, test } from 'vitest';
import { othersAreUp, type Stoppable, stopping } from './stopping.js';

function system(others: boolean | Error) {
  const done: string[] = [];
  let empty = () => {};
  const parts: Stoppable = {
    othersAreUp: async () => {
      if (others instanceof Error) throw others;
      return others;
    },
    drain: () => {
      done.push('drain');
      return new Promise<void>((resolve) => {
        empty = resolve;
      });
    },
    stay: () => {
      done.push('stay');
      empty();
    },
    close: async () => void done.push('close'),
  };
  return { ...stopping(parts), done, empty: () => empty() };
}

/** Waits until all pending callbacks have run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('R10: signals', () => {
  test('SIGTERM drains the process when another node can take over, then closes it', async () => {
    const { signal, closed, done, empty } = system(true);
    signal('SIGTERM');
    await settle();
    expect(done).toEqual(['drain']);
    empty();
    await closed;
    expect(done).toEqual(['drain', 'close']);
  });

  test('a second SIGTERM closes at once', async () => {
    const { signal, closed, done } = system(true);
    signal('SIGTERM');
    await settle();
    signal('SIGTERM');
    signal('SIGTERM');
    await closed;
    expect(done).toEqual(['drain', 'close']);
  });

  test('SIGUSR2 cancels a SIGTERM, and a later SIGTERM is a new request', async () => {
    const { signal, closed, done, empty } = system(true);
    signal('SIGUSR2');
    signal('SIGTERM');
    await settle();
    signal('SIGUSR2');
    signal('SIGUSR2');
    await settle();
    expect(done).toEqual(['drain', 'stay']);
    signal('SIGTERM');
    await settle();
    expect(done).toEqual(['drain', 'stay', 'drain']);
    empty();
    await closed;
    expect(done).toEqual(['drain', 'stay', 'drain', 'close']);
  });

  test('SIGUSR2 before the drain begins, and after closing begins', async () => {
    const { signal, closed, done } = system(true);
    signal('SIGTERM');
    signal('SIGUSR2');
    await settle();
    expect(done).toEqual(['stay']);
    signal('SIGINT');
    signal('SIGUSR2');
    await closed;
    expect(done).toEqual(['stay', 'close']);
  });

  test('closes at once without another node, with an unknown state of the others, or on Ctrl-C', async () => {
    for (const [others, name] of [
      [false, 'SIGTERM'],
      [new Error('Redis is away'), 'SIGTERM'],
      [true, 'SIGINT'],
    ] as const) {
      const { signal, closed, done } = system(others);
      signal(name);
      signal(name);
      await closed;
      expect(done.at(-1)).toBe('close');
      expect(done.filter((what) => what === 'close')).toHaveLength(1);
    }
  });

  test('a draining node cannot take over', async () => {
    const list = async () => [
      { id: 'ws-1', draining: false },
      { id: 'ws-2', draining: true },
    ];
    expect(await othersAreUp({ list }, 'ws-1')).toBe(false);
    expect(await othersAreUp({ list }, 'ws-2')).toBe(true);
  });
});
