import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultLimits, RequestLimits } from './limits.js';
import { countInMemory, type Rate, RateLimiter } from './rate-limiter.js';

// The library counts by Date and evicts by timers: the test controls both.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const limiterOf = (rate: Rate, mostKeys?: number) => new RateLimiter(countInMemory(mostKeys)('test', rate));
const MINUTE = 60_000;

describe('rate limiter', () => {
  it('allows a count in a period that begins with the first, and returns the time left', async () => {
    const limiter = limiterOf({ count: 10, period: 60_000 });
    for (let n = 0; n < 10; n += 1) expect(await limiter.take('a')).toBe(0);
    expect(await limiter.take('a')).toBe(60_000);
    vi.advanceTimersByTime(59_999);
    expect(await limiter.take('a')).toBe(1);
    expect(await limiter.take('b')).toBe(0);
    vi.advanceTimersByTime(1);
    expect(await limiter.take('a')).toBe(0);
  });

  it('allows at most twice the count in any period, and a caller that waited as instructed', async () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat({ max: 20_000 })), { maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 7 }), steps, async (count, requested) => {
        const limiter = limiterOf({ count, period: 60_000 });
        const taken: { key: string; at: number }[] = [];
        for (const [key, pause] of requested) {
          vi.advanceTimersByTime(pause);
          const wait = await limiter.take(key);
          if (wait > 0) {
            vi.advanceTimersByTime(wait);
            expect(await limiter.take(key)).toBe(0);
          }
          taken.push({ key, at: Date.now() });
          const recent = taken.filter((one) => one.key === key && one.at > Date.now() - 60_000);
          expect(recent.length).toBeLessThanOrEqual(2 * count);
        }
      }),
    );
  });

  it('does not count a refused attempt, and accepts a refund in its own period only', async () => {
    const limiter = limiterOf({ count: 2, period: 60_000 });
    await limiter.take('a');
    await limiter.take('a');
    expect(await limiter.take('a')).toBeGreaterThan(0);
    await limiter.refund('a');
    expect(await limiter.take('a')).toBe(0);
    vi.advanceTimersByTime(60_000);
    await limiter.refund('a');
    await limiter.refund('a');
    expect([await limiter.take('a'), await limiter.take('a'), await limiter.take('a')]).toEqual([0, 0, 60_000]);
  });

  it('delays a persistent caller by longer windows, and counts in none when one refuses', async () => {
    const rates = [
      { count: 2, period: MINUTE },
      { count: 5, period: 60 * MINUTE },
    ];
    const limiter = new RateLimiter(...rates.map((rate, index) => countInMemory()(`test-${index}`, rate)));
    const takes = async () => [await limiter.take('a'), await limiter.take('a'), await limiter.take('a')];
    expect(await takes()).toEqual([0, 0, MINUTE]);
    vi.advanceTimersByTime(MINUTE);
    expect(await takes()).toEqual([0, 0, MINUTE]);
    vi.advanceTimersByTime(MINUTE);
    expect(await limiter.wait('a')).toBe(0);
    expect(await takes()).toEqual([0, 58 * MINUTE, 58 * MINUTE]);
    expect(await limiter.wait('a')).toBe(58 * MINUTE);
    await limiter.refund('a');
    expect(await takes()).toEqual([0, 58 * MINUTE, 58 * MINUTE]);
  });

  it('evicts keys instead of growing without bound, the oldest period first', async () => {
    const limiter = limiterOf({ count: 1, period: 60_000 }, 100);
    const timers = vi.getTimerCount();
    for (let n = 0; n <= 100; n += 1) await limiter.take(`key ${n}`);
    expect(vi.getTimerCount() - timers).toBe(100);
    expect(await limiter.take('key 100')).toBeGreaterThan(0);
    expect(await limiter.take('key 0')).toBe(0);
    expect(await limiter.take('key 1')).toBe(0);
    expect(vi.getTimerCount() - timers).toBe(100);
    vi.advanceTimersByTime(60_000);
    expect(vi.getTimerCount()).toBe(timers);
  });
});

describe('attempts at a secret', () => {
  const rates = {
    wrongPasswordByAddress: { count: 2, period: 60_000 },
    wrongPasswordByMeeting: { count: 3, period: 60_000 },
  };

  it('are counted before they are checked, and refunded when right', async () => {
    const limits = new RequestLimits({ ...defaultLimits, ...rates });
    const [first] = await Promise.all([limits.attempt('192.0.2.1', 'm'), limits.attempt('192.0.2.1', 'm')]);
    await expect(limits.attempt('192.0.2.1', 'm')).rejects.toMatchObject({ retryAfter: 60 });
    await first();
    await limits.attempt('192.0.2.1', 'm');
    await limits.attempt('192.0.2.2', 'm');
    await expect(limits.attempt('192.0.2.3', 'm')).rejects.toThrow('request.rate_limited');
    await limits.attempt('192.0.2.3', 'another');
  });
});

describe('limits by address', () => {
  const once = { count: 1, period: 60_000 };
  const limits = () => new RequestLimits({ ...defaultLimits, create: once });

  it.each([
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8:0:1::1', '2001:db8:0:2::1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2'],
  ])('counts %s and %s separately', async (one, another) => {
    const counting = limits();
    await counting.count('create', one);
    await counting.count('create', another);
    await expect(counting.count('create', one)).rejects.toThrow('request.rate_limited');
  });

  it.each([
    ['2001:db8::1', '2001:db8:0:0:ffff::2'],
    ['2001:db8:0:1::', '2001:0DB8:0:1:2:3:4:5'],
    ['fe80::1%eth0', 'fe80::2'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::1', '::2'],
  ])('counts %s and %s as one', async (one, another) => {
    const counting = limits();
    await counting.count('create', one);
    await expect(counting.count('create', another)).rejects.toThrow('request.rate_limited');
  });
});
