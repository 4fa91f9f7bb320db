import { cuttableProxy } from '../../system/cuttable-proxy.js';
import { Gathering } from '../people/gathering.js';
import type { Visitor } from '../people/visitor.js';
import type { Scenario } from '../scenario.js';
import { PATIENCE, pause, until } from '../until.js';

/**
 * Cuts the signalling of all but the first; media have another path. A participant may return
 * through any node (R3).
 */
export const scenario: Scenario = {
  name: 'socket-cut',
  what: 'the sockets of all but one of four people in browsers are cut and refused for up to 5 s, while their media go on',
  limits: [
    { figure: 'without the socket: video gap, ms', percentile: 95, atMost: 200, rule: 'media go on' },
    { figure: 'without the socket: video gap, ms', percentile: 100, atMost: 1000, rule: 'media go on' },
    { figure: 'without the socket: audio gap, ms', percentile: 95, atMost: 200, rule: 'media go on' },
    { figure: 'without the socket: audio gap, ms', percentile: 100, atMost: 1000, rule: 'media go on' },
    { figure: 'connected again once it may, ms', percentile: 100, atMost: 10_000, rule: 'all back within 10 s' },
    { figure: 'shown as having left', percentile: 100, atMost: 0, rule: 'R2' },
  ],
  async run(run) {
    const { cluster, history, random, log } = run;
    const proxy = await cuttableProxy(cluster.httpPort);
    run.after(() => proxy.close());
    const gathering = await Gathering.begin(run, {
      addressOf: (index) => (index >= CUT_FROM ? `http://localhost:${proxy.port}` : cluster.url),
    });
    const cut = gathering.visitors.slice(CUT_FROM);
    const fallSilent = gathering.talk();
    await pause(random() * 1000);
    const begun = performance.now();
    const again: number[] = [];
    const lasts = random() * LONGEST;
    log(`${cut.map(({ name }) => name).join(', ')} without a socket for ${(lasts / 1000).toFixed(1)} s`);
    const { figures } = await gathering.measure('without the socket', async () => {
      history.write({ type: 'fault', what: `sockets of ${cut.map(({ name }) => name).join(', ')} are cut` });
      proxy.refuse();
      await pause(lasts);
      proxy.accept();
      history.write({ type: 'fault', what: 'sockets are let through' });
      const accepted = performance.now();
      const back = async (visitor: Visitor) => {
        await until(async () => (await visitor.connection()) === 'connected', PATIENCE);
        again.push(
          (await visitor.connection()) === 'connected' ? performance.now() - accepted : Number.POSITIVE_INFINITY,
        );
      };
      await Promise.all(cut.map(back));
      await pause(AFTERWARDS);
    });
    await fallSilent();
    const { went, reconnecting } = await gathering.notices(begun);
    for (const { viewer, of } of went) log(`gone from the page of ${viewer.name}: ${of.name}`);
    log(`shown as reconnecting: ${reconnecting.length} times`);
    await gathering.allFlows();
    await gathering.conclude();
    return { ...figures, 'connected again once it may, ms': again, 'shown as having left': [went.length] };
  },
};

/**
 * The index of the first person whose path to the server is cut; the people before have another
 * path.
 */
const CUT_FROM = 1;

/** Milliseconds: within the grace time of 10 s, in which no participant leaves. */
const LONGEST = 5_000;
const AFTERWARDS = 1_000;
