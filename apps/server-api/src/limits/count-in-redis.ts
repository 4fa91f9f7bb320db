import { createHash } from 'node:crypto';
import type { Clock, SharedKeys } from '@waterbus/cluster';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { countInMemory, type MakeCounter } from './rate-limiter.js';

/**
 * Counts in the Redis that all Server APIs share: several processes allow no more than one, and a
 * restart loses no count. While Redis is unreachable, each process counts in its own memory.
 */
export function countInRedis(keys: SharedKeys, clock: Clock): MakeCounter {
  const storeClient = new RedisClient(keys, clock);
  const inMemory = countInMemory();
  return (name, rate) =>
    new RateLimiterRedis({
      storeClient,
      useRedisPackage: true,
      keyPrefix: name,
      points: rate.count,
      duration: Math.ceil(rate.period / 1000),
      insuranceLimiter: inMemory(name, rate),
    });
}

/**
 * The part of node-redis' client that the library calls: the cluster's own connection knows the
 * topology.
 */
class RedisClient {
  constructor(
    private readonly keys: SharedKeys,
    private readonly clock: Clock,
  ) {}

  eval(script: string, { keys: [counter = ''], arguments: values }: { keys: string[]; arguments: string[] }) {
    return this.#command(counter, (key) => ['EVAL', script, '1', key, ...values]);
  }

  async del(counter: string): Promise<number> {
    return Number(await this.#command(counter, (key) => ['DEL', key]));
  }

  /** For one key each. Another member may write in between, which is harmless for a counter. */
  multi() {
    const commands: (() => Promise<unknown>)[] = [];
    const add = (counter: string, args: (key: string) => string[]) => {
      commands.push(() => this.#command(counter, args));
      return chain;
    };
    const chain = {
      get: (counter: string) => add(counter, (key) => ['GET', key]),
      pTTL: (counter: string) => add(counter, (key) => ['PTTL', key]),
      incrBy: (counter: string, by: number) => add(counter, (key) => ['INCRBY', key, String(by)]),
      set: (counter: string, value: number, options?: { EX: number }) =>
        add(counter, (key) => ['SET', key, String(value), ...(options ? ['EX', String(options.EX)] : [])]),
      exec: () => Promise.all(commands.map((command) => command())),
    };
    return chain;
  }

  #command(counter: string, args: (key: string) => string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(LONGEST_WAIT, () => reject(new Error('Redis does not answer')));
      this.keys.command(sharedName(counter), args).then(resolve, reject).finally(cancel);
    });
  }
}

/**
 * A digest: Redis stores no addresses and no names of accounts, and no key is long or contains
 * braces.
 */
function sharedName(counter: string): string {
  const limit = counter.slice(0, counter.indexOf(':'));
  return `limit:${limit}:${createHash('sha256').update(counter).digest('base64url')}`;
}

/**
 * Milliseconds. A request waits no longer for a Redis that stalls, and is then counted in memory.
 */
const LONGEST_WAIT = 500;
