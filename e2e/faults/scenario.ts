import type { RunningCluster } from '../system/cluster.js';
import type { History } from './history.js';

/** The names of the faults, for `npm run faults -- --only NAME`. */
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

/** `drain` drains one of the three servers that `rolling` drains in turn. */
export const notInShort: ScenarioName = 'rolling';

/** One fault, and its permitted effects on the people in a call. */
export interface Scenario {
  name: ScenarioName;
  /** For the output: the fault and the people in the call, in one sentence. */
  what: string;
  /** Redis behind Sentinels instead of a single one. */
  redis?: 'sentinels';
  /** Creates a network of its own, which requires root. Other users skip it, with a notice. */
  needsRoot?: boolean;
  /** Limits of the figures of all runs together. */
  limits: Limit[];
  /**
   * Runs once, in a meeting of its own. Throws when it cannot be completed; broken rules are
   * figures beyond their limits, or found in the history.
   */
  run(run: Run): Promise<Figures>;
}

export interface Run {
  /**
   * All members are up when a run begins. The supervisor restarts the stopped ones before the next
   * run.
   */
  cluster: RunningCluster;
  /** From 1 on, within its scenario. */
  number: number;
  /** Uniform in [0, 1), from the seed, for the choice of targets and times. */
  random(): number;
  history: History;
  /**
   * The form for CI: a shorter outage, fewer clients, no judged times. The scenario reports its
   * reductions in `log`.
   */
  short: boolean;
  log(line: string): void;
  /** Registers a clean-up for the end of the run, whatever its outcome; the last one runs first. */
  after(cleanUp: () => Promise<unknown>): void;
}

/**
 * Milliseconds or counts by name, for example `video gap, ms`: one value for each measured stream,
 * client or event.
 */
export type Figures = Record<string, number[]>;

export interface Limit {
  figure: string;
  /** Over all runs. */
  percentile: 50 | 95 | 100;
  atMost: number;
  /** The rule or the promise behind it, for example `R10`. */
  rule: string;
}
