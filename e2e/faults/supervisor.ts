import { loadavg } from 'node:os';
import { type ClusterOptions, type RunningCluster, startCluster } from '../system/cluster.js';
import { checkHistory } from './check/check-history.js';
import { History } from './history.js';
import type { Options } from './options.js';
import type { Report, RunReport, ScenarioReport } from './report.js';
import type { Figures, Run, Scenario } from './scenario.js';
import { seededRandom } from './seeded-random.js';

/**
 * Runs scenarios in sequence, those with the same needs on one cluster. Restarts stopped servers
 * before the next run; `stop` ends everything, also during a run.
 */
export class Supervisor {
  #cluster: { options: ClusterOptions; running: Promise<RunningCluster> } | undefined;
  #cleanUps: (() => Promise<unknown>)[] = [];
  #stopping: Promise<void> | undefined;

  constructor(
    private readonly options: Options,
    private readonly report: Report,
  ) {}

  async run(scenarios: Scenario[]): Promise<void> {
    const alike = [undefined, 'sentinels' as const].flatMap((redis) => scenarios.filter((one) => one.redis === redis));
    for (const scenario of alike) {
      if (scenario.needsRoot && process.getuid?.() !== 0) {
        console.log(`${scenario.name}: left out, only root can make a network`);
        continue;
      }
      const report = this.report.scenario(scenario);
      for (let run = 1; run <= this.options.runs && !this.#stopping; run += 1)
        await this.#runOnce(scenario, report, run);
    }
    // Returns only after everything has ended.
    await (this.#stopping ?? this.#end());
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#cleanUp().then(() => this.#end());
    return this.#stopping;
  }

  async #runOnce(scenario: Scenario, report: ScenarioReport, number: number): Promise<void> {
    const history = new History();
    const result: RunReport = {
      run: number,
      outcome: 'passed',
      took: 0,
      loadAverage: 0,
      figures: {},
      broken: [],
      log: [],
    };
    try {
      const cluster = await this.#clusterFor(scenario);
      const begun = performance.now();
      result.figures = await this.#carryOut(scenario, {
        cluster,
        history,
        number,
        random: seededRandom(this.options.seed, scenario.name, number),
        short: this.options.short,
        log: (line) => result.log.push(line),
        after: (cleanUp) => this.#cleanUps.push(cleanUp),
      }).finally(() => {
        history.close();
        return this.#cleanUp();
      });
      result.took = performance.now() - begun;
      result.broken = checkHistory(history.entries);
      if (result.broken.length > 0) result.outcome = 'broken';
    } catch (error) {
      result.outcome = 'error';
      result.error = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    if (this.#stopping) return;
    result.loadAverage = loadavg()[0] ?? Number.NaN;
    this.report.add(report, result, history);
    // The state of the cluster is unknown.
    if (result.outcome === 'error') await this.#end();
  }

  async #carryOut(scenario: Scenario, run: Run): Promise<Figures> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`It was not over after ${RUN_DEADLINE / 1000} s`)), RUN_DEADLINE);
    });
    try {
      return await Promise.race([scenario.run(run), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Returns a cluster whose members are all up. */
  async #clusterFor(scenario: Scenario): Promise<RunningCluster> {
    const redis = scenario.redis ?? 'single';
    if (this.#cluster && this.#cluster.options.redis !== redis) await this.#end();
    if (!this.#cluster) {
      const options: ClusterOptions = { redis, settings: UNLIMITED };
      const running = startCluster(options);
      this.#cluster = { options, running };
      running.catch(() => {
        this.#cluster = undefined;
      });
    }
    const cluster = await this.#cluster.running;
    for (const member of [...cluster.apis, ...cluster.nodes]) if (!member.running()) await member.start();
    return cluster;
  }

  async #cleanUp(): Promise<void> {
    for (const cleanUp of this.#cleanUps.splice(0).reverse()) {
      await cleanUp().catch((error) => console.error(`cleaning up: ${error}`));
    }
  }

  async #end(): Promise<void> {
    const cluster = await this.#cluster?.running.catch(() => undefined);
    this.#cluster = undefined;
    for (const failure of (await cluster?.close()) ?? []) console.error(failure);
  }
}

/** All clients have one address here. */
const UNLIMITED = { JOINS_PER_MINUTE: '100000', CREATES_PER_MINUTE: '100000' };

/** Milliseconds: the longest fault lasts 7 minutes. */
const RUN_DEADLINE = 720_000;
