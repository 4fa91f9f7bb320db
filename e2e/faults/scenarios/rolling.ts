import { Gathering } from '../people/gathering.js';
import { drainOne, movingLimits, noticed } from '../people/moving.js';
import { together } from '../percentiles.js';
import type { Figures, Scenario } from '../scenario.js';
import { PATIENCE, pause } from '../until.js';

export const scenario: Scenario = {
  name: 'rolling',
  what: 'all three Server WS are restarted, one after the other by SIGTERM, under a call of four people in browsers',
  limits: [
    // Some connection moves in every second, so only the maxima are judged: the call must survive.
    ...movingLimits.filter(({ percentile }) => percentile === 100),
    { figure: 'everybody sees and hears everybody afterwards, ms', percentile: 100, atMost: 2000, rule: 'R10' },
  ],
  async run(run) {
    const { random, cluster } = run;
    const gathering = await Gathering.begin(run);
    const fallSilent = gathering.talk();
    const begun = performance.now();
    const figures: Figures[] = [];
    for (const node of shuffled(cluster.nodes, random)) {
      await pause(random() * 500);
      figures.push(await drainOne(run, gathering, node));
      const starting = await gathering.measure('while the next one starts', async () => {
        await node.start();
        await gathering.allServersBack();
      });
      figures.push(starting.figures);
    }
    await fallSilent();
    const flows = await gathering.flows(PATIENCE);
    const notices = await noticed(run, gathering, begun);
    await gathering.conclude();
    return together([...figures, notices, { 'everybody sees and hears everybody afterwards, ms': [flows] }]);
  },
};

function shuffled<T>(of: readonly T[], random: () => number): T[] {
  return of
    .map((one) => ({ one, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}
