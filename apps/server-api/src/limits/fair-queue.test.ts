import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';

/** Work that ends when the test ends it. */
function newWork() {
  const begun: string[] = [];
  const endings: (() => void)[] = [];
  return {
    begun,
    do: (name: string) => () =>
      new Promise<void>((resolve) => {
        begun.push(name);
        endings.push(resolve);
      }),
    /** Ends the oldest running piece of work. */
    async end(): Promise<void> {
      endings.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('fair queue', () => {
  it('runs and queues a bounded number, and refuses the rest immediately', async () => {
    const queue = new FairQueue({ atOnce: 2, mostWaiting: 3, mostWaitingByKey: 3 });
    const work = newWork();
    const requested = Array.from({ length: 9 }, (_, n) => queue.run('a', work.do(`${n}`)));
    const refused = await Promise.allSettled(requested.slice(5));
    expect(refused).toEqual(
      Array(4).fill({ status: 'rejected', reason: expect.objectContaining({ code: 'server.busy', retryAfter: 2 }) }),
    );
    expect([work.begun, queue.running, queue.waiting]).toEqual([['0', '1'], 2, 3]);
    for (let n = 0; n < 5; n += 1) await work.end();
    await Promise.all(requested.slice(0, 5));
    expect([work.begun, queue.running, queue.waiting]).toEqual([['0', '1', '2', '3', '4'], 0, 0]);
  });

  it('serves keys in turn: a key with much work delays only itself', async () => {
    const queue = new FairQueue({ atOnce: 1, mostWaiting: 100, mostWaitingByKey: 50 });
    const work = newWork();
    const flood = Array.from({ length: 51 }, (_, n) => queue.run('flood', work.do(`flood ${n}`)));
    await expect(queue.run('flood', work.do('one more'))).rejects.toThrow('server.busy');
    const others = ['x', 'y'].map((key) => queue.run(key, work.do(key)));
    for (let n = 0; n < 53; n += 1) await work.end();
    await Promise.all([...flood, ...others]);
    expect(work.begun.slice(0, 5)).toEqual(['flood 0', 'flood 1', 'x', 'y', 'flood 2']);
  });

  it('continues after work that failed', async () => {
    const queue = new FairQueue({ atOnce: 1, mostWaiting: 1, mostWaitingByKey: 1 });
    const failing = queue.run('a', () => Promise.reject(new Error('no')));
    const next = queue.run('b', async () => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
    expect(queue.running).toBe(0);
  });

  it('never exceeds its bound, and runs everything that it accepted', async () => {
    const keys = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(keys, fc.integer({ min: 1, max: 4 }), async (order, atOnce) => {
        const queue = new FairQueue({ atOnce, mostWaiting: 20, mostWaitingByKey: 10 });
        let [running, most] = [0, 0];
        const results = await Promise.allSettled(
          order.map((key) =>
            queue.run(key, async () => {
              running += 1;
              most = Math.max(most, running);
              await null;
              running -= 1;
            }),
          ),
        );
        const taken = results.filter(({ status }) => status === 'fulfilled').length;
        expect(most).toBeLessThanOrEqual(atOnce);
        expect(taken).toBeGreaterThanOrEqual(Math.min(order.length, 10));
        expect([queue.running, queue.waiting]).toEqual([0, 0]);
      }),
    );
  });
});
