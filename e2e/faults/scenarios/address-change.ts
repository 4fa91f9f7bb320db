import { Gathering } from '../people/gathering.js';
import { noticed } from '../people/moving.js';
import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';

/**
 * A move between wireless networks: socket and media lose their path, and the servers get no
 * notice.
 */
export const scenario: Scenario = {
  name: 'address-change',
  what: 'one of four people in browsers gets another network address in the middle of the call',
  needsRoot: true,
  limits: [
    {
      figure: 'sees, hears, is seen and heard again, ms',
      percentile: 100,
      atMost: 10_000,
      rule: 'all back within 10 s',
    },
    { figure: 'shown as having left', percentile: 100, atMost: 0, rule: 'R2' },
  ],
  async run(run) {
    const { history, random, short } = run;
    const gathering = await Gathering.begin(run, { alone: 'in another network' });
    const fallSilent = gathering.talk();
    await pause(random() * 1000);
    const begun = performance.now();
    const traveller = gathering.visitors.at(-1)!;
    const { missed } = await gathering.measure('', async () => {
      history.write({ type: 'fault', what: `${traveller.name} gets another address` });
      await gathering.changeAddress();
      await pause(short ? SHORT : LOOKING);
    });
    await fallSilent();
    await gathering.allFlows();
    const { 'shown as having left': left, ...others } = await noticed(run, gathering, begun);
    await gathering.conclude();
    return {
      'sees, hears, is seen and heard again, ms': missed
        .filter(({ viewer, shown }) => viewer === traveller || shown === traveller)
        .map(({ again }) => again),
      'shown as having left': left ?? [],
      ...others,
    };
  },
};

/** Milliseconds. */
const LOOKING = 15_000;
const SHORT = 6_000;
