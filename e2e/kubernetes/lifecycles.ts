import { Gathering } from '../faults/people/gathering.js';
import { noticed } from '../faults/people/moving.js';
import { together } from '../faults/percentiles.js';
import type { Figures, Limit, Run } from '../faults/scenario.js';
import { PATIENCE, pause } from '../faults/until.js';
import type { Values } from './chart/rendered.js';
import { LoadTesters } from './load-testers.js';
import { newcomers } from './newcomers.js';
import { Autoscaling } from './played/autoscaling.js';
import type { PlayedCluster } from './played/cluster.js';
import type { Pod } from './played/pod.js';

/** The average load of the pods that the played autoscaler keeps. */
const TARGET = '0.06';

/** One event in the life of a cluster, played while people are in a call. */
export interface Lifecycle {
  name: string;
  what: string;
  values?: Values;
  limits: Limit[];
  /** `run.cluster` is the played cluster too. */
  play(played: PlayedCluster, run: Run): Promise<Figures>;
}

const rollingUpdate: Lifecycle = {
  name: 'rolling-update',
  what: 'an upgrade replaces all pods of both servers',
  limits: moved('rolling update'),
  async play(played, run) {
    const level = run.number % 2 === 0 ? 'info' : 'warn';
    return inCall(played, run, 'rolling update', async () => {
      played.upgrade({ settings: { LOG_LEVEL: level } });
      await played.settled();
    });
  },
};

const nodeDrain: Lifecycle = {
  name: 'node-drain',
  what: 'the node of a Server WS is drained, and its pods come up on the others',
  limits: moved('node drain'),
  async play(played, run) {
    return inCall(played, run, 'node drain', async (gathering) => {
      const pod = await homeOfMost(played, gathering);
      await played.drain(pod.options.machine);
      await played.settled();
      pod.options.machine.cordoned = false;
    });
  },
};

const scale: Lifecycle = {
  name: 'scale',
  what: 'load adds two Server WS to two, where people join; without it they go, and with it come again',
  // Two cores carry the load and the browsers: the target is a small share of the default.
  values: { metrics: { enabled: true }, ws: { autoscaling: { enabled: true, min: 2, max: 4, load: TARGET } } },
  limits: moved('4 to 2 pods', '2 to 4 pods'),
  async play(played, run) {
    const scaling = new Autoscaling(played, run.log);
    const testers = new LoadTesters(played.url);
    run.after(() => testers.end());
    const grow = () => scaling.until(4, (looks) => looks % BETWEEN_TESTERS === 1 && testers.grow());
    await scaling.until(2);
    await grow();
    const gathering = await Gathering.begin(run);
    await testers.end();
    const figures = [
      await during(run, gathering, '4 to 2 pods', () => scaling.until(2)),
      await during(run, gathering, '2 to 4 pods', grow),
    ];
    await gathering.conclude();
    return together([...figures, graceful(played)]);
  },
};

const podKilled: Lifecycle = {
  name: 'pod-killed',
  what: 'all processes of a Server WS are killed, and kubelet starts its container again',
  limits: [{ figure: 'everybody sees and hears everybody again, ms', percentile: 100, atMost: 10_000, rule: 'R11' }],
  async play(played, run) {
    const gathering = await Gathering.begin(run);
    const pod = await homeOfMost(played, gathering);
    const homes = await gathering.homes();
    const lost = gathering.visitors.filter((visitor) => homes.get(visitor)?.nodeId === pod.nodeId);
    run.history.write({ type: 'lost', participantIds: lost.map(({ participantId }) => participantId) });
    const { missed } = await gathering.measure('pod killed', async () => {
      await pod.kill();
      await played.until(() => pod.ready && pod.restarts === 1, 'the container did not come back');
      // The lease of the killed process has ended, and people are shown once.
      await pause(LEASE);
      if ((await gathering.flows(PATIENCE)) === Number.POSITIVE_INFINITY) throw new Error('the call did not come back');
    });
    await gathering.conclude();
    return { 'everybody sees and hears everybody again, ms': missed.map(({ again }) => again) };
  },
};

export const lifecycles: readonly Lifecycle[] = [rollingUpdate, nodeDrain, scale, podKilled];

/** Measures a call during an event that must not disturb it. */
async function inCall(
  played: PlayedCluster,
  run: Run,
  name: string,
  event: (gathering: Gathering) => Promise<void>,
): Promise<Figures> {
  const gathering = await Gathering.begin(run);
  const figures = await during(run, gathering, name, () => event(gathering));
  await gathering.conclude();
  return together([figures, graceful(played)]);
}

async function during(run: Run, gathering: Gathering, name: string, event: () => Promise<void>): Promise<Figures> {
  const begun = performance.now();
  run.history.write({ type: 'fault', what: name });
  const newcomersEnd = await newcomers(run.cluster.url, name, run.log);
  const { figures, missed } = await gathering.measure(name, async () => {
    await event();
    await pause(AFTERWARDS);
  });
  const joins = await newcomersEnd();
  for (const { viewer, shown, picture, sound } of missed) {
    if (Math.max(picture, sound) <= 200) continue;
    run.log(`${viewer.name} of ${shown.name}: video ${picture.toFixed(0)}, audio ${sound.toFixed(0)} ms`);
  }
  const took = { [`${name}: took, ms`]: [performance.now() - begun] };
  return {
    ...figures,
    ...joins,
    ...reconnections(run, gathering, begun),
    ...(await noticed(run, gathering, begun)),
    ...took,
  };
}

/** How often a socket of the people resumed, and how often one of them had to join again. */
function reconnections({ history }: Run, { visitors }: Gathering, since: number): Figures {
  const names = visitors.map(({ name }) => name);
  const entries = history.entries.filter(({ at }) => at >= since);
  const count = (of: string) =>
    entries.filter((entry) => entry.type === 'snapshot' && entry.of === of && names.includes(entry.client)).length;
  return { 'sockets resumed': [count('resume')], 'joins again': [count('join')] };
}

/** Pods that kubelet had to kill or restart although they were to drain. */
function graceful(played: PlayedCluster): Figures {
  const pods = [...played.everyPod('ws'), ...played.everyPod('api')];
  const rough = pods.filter(({ killed, restarts }) => killed || restarts > 0);
  return { 'pods killed or restarted': [rough.length] };
}

async function homeOfMost(played: PlayedCluster, gathering: Gathering): Promise<Pod> {
  const homes = [...(await gathering.homes()).values()].map((home) => home?.nodeId);
  const people = (pod: Pod) => homes.filter((id) => id === pod.nodeId).length;
  return played.pods('ws').toSorted((a, b) => people(b) - people(a))[0]!;
}

function moved(...names: string[]): Limit[] {
  const gaps = names.flatMap((name) => [`${name}: video gap, ms`, `${name}: audio gap, ms`]);
  return [
    ...gaps.flatMap((figure): Limit[] => [
      { figure, percentile: 95, atMost: 200, rule: 'R10' },
      { figure, percentile: 100, atMost: 1000, rule: 'R10' },
    ]),
    { figure: 'shown as having left', percentile: 100, atMost: 0, rule: 'R10' },
    { figure: 'joins again', percentile: 100, atMost: 0, rule: 'R10' },
    { figure: 'joins failed', percentile: 100, atMost: 0, rule: 'R10' },
    { figure: 'pods killed or restarted', percentile: 100, atMost: 0, rule: 'R10' },
  ];
}

/** Looks of the autoscaler, of 15 s each, until another load tester begins. */
const BETWEEN_TESTERS = 8;

/** Milliseconds until the lease of a killed node has ended, and some more. */
const LEASE = 5_000;

/** Milliseconds, in which the last moves settle. */
const AFTERWARDS = 1_000;
