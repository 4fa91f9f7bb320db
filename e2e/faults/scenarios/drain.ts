import { Gathering } from '../people/gathering.js';
import { drainOne, movingLimits, noticed } from '../people/moving.js';
import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';

export const scenario: Scenario = {
  name: 'drain',
  what: 'a Server WS gets SIGTERM in a call of four people in browsers, two of them at home on it',
  limits: movingLimits,
  async run(run) {
    const { random, log } = run;
    const gathering = await Gathering.begin(run);
    const media = await gathering.mostMedia();
    const { node, people } = await gathering.mostAtHome(media.node);
    const names = people.map(({ name }) => name).join(', ');
    log(`${node.name} goes: at home there ${names}; most media through ${media.node.name}`);
    const fallSilent = gathering.talk();
    const before = await gathering.measure('before', () => pause(BASELINE));
    await pause(random() * 500);
    const begun = performance.now();
    const during = await drainOne(run, gathering, node);
    await fallSilent();
    const notices = await noticed(run, gathering, begun);
    await gathering.allFlows();
    await gathering.conclude();
    await node.start();
    await gathering.allServersBack();
    return { ...before.figures, ...during, ...notices };
  },
};

/** Milliseconds of measurement without a fault, for the gaps of the machine itself. */
const BASELINE = 5_000;
