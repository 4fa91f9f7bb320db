import type { Scenario } from '../scenario.js';
import { outage, outageLimits } from './redis-outage.js';

export const scenario: Scenario = {
  name: 'redis-stall',
  what: 'Redis answers nobody for 2 s (DEBUG SLEEP), while people on three nodes talk',
  limits: outageLimits,
  run: (run) =>
    outage(run, async ({ history }) => {
      history('Redis stalls');
      await run.cluster.redis.server.command('DEBUG', 'SLEEP', '2');
      history('Redis goes on');
    }),
};
