import type { Scenario } from '../scenario.js';
import { PATIENCE, until } from '../until.js';
import { bringBack, outage, outageLimits } from './redis-outage.js';

export const scenario: Scenario = {
  name: 'redis-failover',
  what: 'The Redis primary is killed behind three Sentinels and its replica takes over, while people on three nodes talk',
  redis: 'sentinels',
  limits: outageLimits,
  run: (run) =>
    outage(run, async ({ history }) => {
      const { redis } = run.cluster;
      const [primary, replica] = await redis.roles();
      history('the primary is killed');
      await primary.kill();
      run.after(() => bringBack(primary));
      await until(async () => String(await replica.command('ROLE').catch(() => '')).startsWith('master'), PATIENCE);
      history('the replica is primary');
    }),
};
