import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';
import { bringBack, outage, outageLimits } from './redis-outage.js';

export const scenario: Scenario = {
  name: 'redis-restart',
  what: 'Redis is killed and comes back empty within a second, while people on three nodes talk',
  limits: outageLimits,
  run: (run) =>
    outage(run, async ({ history }) => {
      const { server } = run.cluster.redis;
      history('Redis is killed');
      await server.kill();
      run.after(() => bringBack(server));
      await pause(run.random() * 1000);
      await server.start();
      history('Redis is back, empty');
    }),
};
