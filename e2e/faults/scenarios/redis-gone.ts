import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';
import { bringBack, outage, outageLimits } from './redis-outage.js';

export const scenario: Scenario = {
  name: 'redis-gone',
  what: 'Redis is away for 30 s in odd runs and for 7 min in even ones, and comes back empty, while people on three nodes talk',
  limits: outageLimits,
  run: (run) =>
    outage(run, async ({ history }) => {
      const { server } = run.cluster.redis;
      const away = run.short ? SHORT : run.number % 2 === 1 ? AWAY : LONG;
      if (run.short) run.log(`away for ${SHORT / 1000} s instead of 30 s and 7 min`);
      history(`Redis is killed, for ${away / 1000} s`);
      await server.kill();
      run.after(() => bringBack(server));
      await pause(away);
      await server.start();
      history('Redis is back, empty');
    }),
};

/**
 * Milliseconds: longer than a lease, the duration of the promise, and longer than every timeout.
 */
const SHORT = 6_000;
const AWAY = 30_000;
const LONG = 420_000;
