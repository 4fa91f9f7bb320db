import { Gathering } from '../faults/people/gathering.js';
import { noticed } from '../faults/people/moving.js';
import { together } from '../faults/percentiles.js';
import type { Figures, Limit, Run } from '../faults/scenario.js';
import { PATIENCE, pause } from '../faults/until.js';
import type { Values } from './chart/rendered.js';
import { Autoscaler } from './played/autoscaler.js';
import type { PlayedCluster } from './played/cluster.js';
import type { Pod } from './played/pod.js';

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
  what: 'the autoscaler removes two of four Server WS and adds them again, its clock ten times as fast',
  values: { metrics: { enabled: true }, ws: { autoscaling: { enabled: true, min: 2, max: 4 } } },
  limits: [...moved('4 to 2 pods'), ...moved('2 to 4 pods')],
  async play(played, run) {
    const scaler = new Autoscaler(played.rendered('HorizontalPodAutoscaler').spec);
    const to = (replicas: number, load: number) => scaleTo(played, scaler, replicas, load);
    await to(4, 0.9);
    const gathering = await Gathering.begin(run);
    const figures = [
      await during(run, gathering, '4 to 2 pods', () => to(2, 0.05)),
      await during(run, gathering, '2 to 4 pods', () => to(4, 0.9)),
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
  const { figures, missed } = await gathering.measure(name, async () => {
    await event();
    await pause(AFTERWARDS);
  });
  for (const { viewer, shown, picture, sound } of missed) {
    if (Math.max(picture, sound) <= 200) continue;
    run.log(`${viewer.name} of ${shown.name}: video ${picture.toFixed(0)}, audio ${sound.toFixed(0)} ms`);
  }
  return { ...figures, ...(await noticed(run, gathering, begun)), [`${name}: took, ms`]: [performance.now() - begun] };
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

/** Lets the autoscaler look every 1.5 s, which count as 15, until it has so many pods. */
async function scaleTo(played: PlayedCluster, scaler: Autoscaler, replicas: number, load: number): Promise<void> {
  const deployment = played.deployment('ws');
  while (deployment.replicas !== replicas) {
    const now = (performance.now() / 1000) * SPEED;
    const average = (metric: string) => (metric === 'waterbus_worker_load_ratio' ? load : 0);
    deployment.replicas = scaler.desired(now, deployment.replicas, average);
    await pause(15_000 / SPEED);
  }
  await played.settled();
}

function moved(name: string): Limit[] {
  return [
    { figure: `${name}: video gap, ms`, percentile: 95, atMost: 200, rule: 'R10' },
    { figure: `${name}: video gap, ms`, percentile: 100, atMost: 1000, rule: 'R10' },
    { figure: `${name}: audio gap, ms`, percentile: 95, atMost: 200, rule: 'R10' },
    { figure: `${name}: audio gap, ms`, percentile: 100, atMost: 1000, rule: 'R10' },
    { figure: 'shown as having left', percentile: 100, atMost: 0, rule: 'R10' },
    { figure: 'pods killed or restarted', percentile: 100, atMost: 0, rule: 'R10' },
  ];
}

/** The autoscaler's clock: its ten minutes of patience are one. */
const SPEED = 10;

/** Milliseconds until the lease of a killed node has ended, and some more. */
const LEASE = 5_000;

/** Milliseconds, in which the last moves settle. */
const AFTERWARDS = 1_000;
