import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLimits, RequestLimits } from './limits.js';
import { RateLimiter } from './rate-limiter.js';

describe('rate limiter', () => {
  it('gives so many at once, then one after each even share of the period', () => {
    let now = 0;
    const limiter = new RateLimiter({ count: 10, period: 60_000 }, () => now);
    expect(Array.from({ length: 10 }, () => limiter.take('a'))).toEqual(Array(10).fill(0));
    expect(limiter.take('a')).toBe(6000);
    now = 5999;
    expect(limiter.take('a')).toBe(1);
    now = 6000;
    expect(limiter.take('a')).toBe(0);
    expect(limiter.take('a')).toBe(6000);
    expect(limiter.take('b')).toBe(0);
  });

  it('lets at most twice the count through in any period, and whoever waited as told', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat({ max: 20_000 })), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), steps, (count, asked) => {
        let now = 0;
        const limiter = new RateLimiter({ count, period: 60_000 }, () => now);
        const taken: { key: string; at: number }[] = [];
        for (const [key, pause] of asked) {
          now += pause;
          const wait = limiter.take(key);
          if (wait > 0) {
            now += wait;
            expect(limiter.take(key)).toBe(0);
          }
          taken.push({ key, at: now });
          const recent = taken.filter((one) => one.key === key && one.at > now - 60_000);
          expect(recent.length).toBeLessThanOrEqual(2 * count);
        }
      }),
    );
  });

  it('forgets rather than grow without bound', () => {
    const limiter = new RateLimiter({ count: 1, period: 60_000 }, () => 0);
    for (let n = 0; n < 100_001; n += 1) limiter.take(`key ${n}`);
    expect(limiter.take('key 0')).toBe(0);
    expect(limiter.take('key 100000')).toBeGreaterThan(0);
  });
});

describe('limits by address', () => {
  const once = { count: 1, period: 60_000 };
  const limits = () => new RequestLimits({ ...defaultLimits, create: once }, () => 0);

  it.each([
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8:0:1::1', '2001:db8:0:2::1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2'],
  ])('takes %s and %s for two', async (one, another) => {
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
  ])('takes %s and %s for one', async (one, another) => {
    const counting = limits();
    await counting.count('create', one);
    await expect(counting.count('create', another)).rejects.toThrow('request.rate_limited');
  });
});
