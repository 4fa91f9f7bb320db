import { randomUUID } from 'node:crypto';
import type { RedisTopology } from '../src/redis/connection/topology.js';
import { createRedisCluster, type RedisCluster } from '../src/redis/redis-cluster.js';
import type { ClusterUnderTest } from './contract/contract-test.js';
import { TEST_SECRET } from './redis-server.js';
import { VirtualClock } from './virtual-clock.js';

/**
 * Members over a real Redis whose own timers follow a virtual clock: leases count the members'
 * time, not Redis'. Each suite has keys of its own.
 */
export function redisUnderTest(redis: RedisTopology): ClusterUnderTest {
  const clock = new VirtualClock();
  const keyPrefix = `test-${randomUUID()}:`;
  const members: RedisCluster[] = [];
  /** Twice, because a received message may cause another request. */
  const settle = async () => {
    for (let round = 0; round < 2; round += 1) await Promise.all(members.map((member) => member.settled()));
  };
  const advance = async (milliseconds: number) => {
    await settle();
    for (let left = milliseconds; left > 0; left -= STEP) {
      await clock.advance(Math.min(STEP, left));
      await settle();
    }
  };
  return {
    connect: async () => {
      const member = await createRedisCluster({ redis, secret: TEST_SECRET, keyPrefix, clock });
      members.push(member);
      return member;
    },
    kill: async (member) => (member as RedisCluster).sever(),
    advance,
    date: () => clock.date(),
    until: async (condition) => {
      for (let waited = 0; !condition() && waited < LONGEST_WAIT; waited += UNTIL_STEP) {
        await settle();
        if (!condition()) await advance(UNTIL_STEP);
      }
      if (!condition()) throw new Error(`The condition did not hold in time: ${condition}`);
    },
    close: async () => {
      await Promise.all(members.map((member) => member.close()));
    },
  };
}

/**
 * Milliseconds of virtual time between two checks of Redis: no timer of a member is so short that
 * order would matter.
 */
const STEP = 500;
const UNTIL_STEP = 10;

/** Milliseconds of virtual time: a lease's expiry and a judge's heartbeats, twice. */
const LONGEST_WAIT = 10_000;
