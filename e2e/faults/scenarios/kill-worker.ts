import { Gathering } from '../people/gathering.js';
import { noticed } from '../people/moving.js';
import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';

export const scenario: Scenario = {
  name: 'kill-worker',
  what: 'the media worker through which most people send is killed (SIGKILL) in a call of four people in browsers',
  limits: [
    { figure: 'seen and heard again, ms', percentile: 100, atMost: 3000, rule: 'R11' },
    { figure: 'shown as having left', percentile: 100, atMost: 0, rule: 'R11' },
    { figure: 'shown as reconnecting', percentile: 100, atMost: 0, rule: 'R11' },
  ],
  async run(run) {
    const { history, random, log } = run;
    const gathering = await Gathering.begin(run);
    const { node, mediaNodeId } = await gathering.mostMedia();
    const pid = await node.mediaWorker(mediaNodeId);
    const fallSilent = gathering.talk();
    await pause(random() * 1000);
    const begun = performance.now();
    const { missed } = await gathering.measure('', async () => {
      history.write({ type: 'fault', what: `SIGKILL to ${mediaNodeId} of ${node.nodeId}` });
      process.kill(pid, 'SIGKILL');
      await pause(LOOKING);
    });
    await fallSilent();
    const again = missed.filter((one) => one.again > 0);
    log(`${mediaNodeId} of ${node.name}; ${again.length} of ${missed.length} streams of people were interrupted`);
    const notices = await noticed(run, gathering, begun);
    await gathering.allFlows();
    await gathering.conclude();
    return { 'seen and heard again, ms': again.map((one) => one.again), ...notices };
  },
};

/** Milliseconds: twice the limit of the rule. */
const LOOKING = 6_000;
