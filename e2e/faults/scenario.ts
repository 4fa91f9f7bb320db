import type { RunningCluster } from '../system/cluster.js';
import type { History } from './history.js';

/** The faults by name, as `npm run faults -- --only NAME` takes them. */
export const scenarioNames = [
  'drain',
  'rolling',
  'kill-node',
  'kill-worker',
  'redis-restart',
  'redis-gone',
  'redis-stall',
  'redis-partition',
  'redis-failover',
  'postgres-gone',
  'client-suspend',
  'address-change',
  'socket-cut',
  'storm',
] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** One fault, and what people in a call may notice of it. */
export interface Scenario {
  name: ScenarioName;
  /** For who reads the output: the fault and who is in the call, in one sentence. */
  what: string;
  /** Behind Sentinels instead of a single Redis. */
  redis?: 'sentinels';
  /** Makes a network of its own, which only root may. Left out, and told so, for anybody else. */
  needsRoot?: boolean;
  /** What must hold of the figures of all runs together. */
  limits: Limit[];
  /** Once, in a meeting of its own. Throws when it could not be carried out; broken rules are figures beyond their limits, or found in the history. */
  run(run: Run): Promise<Figures>;
}

export interface Run {
  /** All members are up when a run begins. What a scenario ends, the supervisor starts again before the next one. */
  cluster: RunningCluster;
  /** From 1 on, within its scenario. */
  number: number;
  /** Uniform in [0, 1), from the seed: whom it hits and when. */
  random(): number;
  history: History;
  /** CI's form: a shorter outage, fewer clients, and no time is judged. The scenario says in `log` what it left out. */
  short: boolean;
  log(line: string): void;
  /** Called when the run is over, last first, whatever became of it. */
  after(cleanUp: () => Promise<unknown>): void;
}

/** Milliseconds or counts by name, for example `video gap, ms`: one value for each stream, client or event that was measured. */
export type Figures = Record<string, number[]>;

export interface Limit {
  figure: string;
  /** Over all runs. */
  percentile: 50 | 95 | 100;
  atMost: number;
  /** The rule or the promise that it is from, for example `R10`. */
  rule: string;
}
