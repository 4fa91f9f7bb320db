import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import type { BrokenRule } from './check/broken-rule.js';
import type { History } from './history.js';
import type { Options } from './options.js';
import { RUNS_FOR_PERCENTILES, type Summary, summarize } from './percentiles.js';
import type { Figures, Limit, Scenario } from './scenario.js';

export interface RunReport {
  run: number;
  /** `error`: the run could not be completed. */
  outcome: 'passed' | 'broken' | 'error';
  /** Milliseconds from its begin to its clean end. */
  took: number;
  loadAverage: number;
  figures: Figures;
  broken: BrokenRule[];
  log: string[];
  error?: string;
  /** The file of the history. */
  history?: string;
}

export interface ScenarioReport {
  name: string;
  what: string;
  limits: Limit[];
  runs: RunReport[];
  summary: Summary[];
}

/** Collects the outcomes; prints each at once and writes all to one file. */
export class Report {
  readonly #scenarios: ScenarioReport[] = [];
  readonly #begun = new Date();

  constructor(private readonly options: Options) {}

  scenario({ name, what, limits }: Scenario): ScenarioReport {
    const report: ScenarioReport = { name, what, limits, runs: [], summary: [] };
    this.#scenarios.push(report);
    return report;
  }

  add(scenario: ScenarioReport, run: RunReport, history: History): void {
    const own = summarize([run.figures], scenario.limits, this.options).flatMap(({ limits }) => limits);
    if (run.outcome !== 'passed' || own.some(({ kept }) => !kept))
      run.history = this.#keep(scenario.name, run.run, history);
    scenario.runs.push(run);
    scenario.summary = summarize(
      scenario.runs.map(({ figures }) => figures),
      scenario.limits,
      this.options,
    );
    const seconds = (run.took / 1000).toFixed(1);
    console.log(`${scenario.name} ${run.run}: ${run.outcome} (${seconds} s, load ${run.loadAverage.toFixed(1)})`);
    for (const line of run.log) console.log(`  ${line}`);
    for (const { rule, what } of run.broken.slice(0, MOST_LINES)) console.log(`  ${rule} broken: ${what}`);
    if (run.broken.length > MOST_LINES) console.log(`  and ${run.broken.length - MOST_LINES} more`);
    if (run.error) console.log(`  ${run.error.replaceAll('\n', '\n  ')}`);
    if (run.history) console.log(`  history: ${run.history}`);
    this.#write();
  }

  /** Prints the percentiles and the summary; returns the exit code. */
  close(): 0 | 1 | 2 {
    for (const { name, summary } of this.#scenarios) {
      if (summary.length > 0) console.log(`\n${name}`);
      for (const { figure, n, p50, p95, max, limits } of summary) {
        console.log(
          `  ${figure}: p50 ${shown(p50)}, p95 ${shown(p95)}, max ${shown(max)} (n ${n})${limits.map((limit) => verdict(limit, this.options)).join('')}`,
        );
      }
    }
    const runs = this.#scenarios.flatMap((scenario) => scenario.runs);
    const exceeded = this.#scenarios.filter((scenario) => !limitsKept(scenario));
    const passed = runs.filter(({ outcome }) => outcome === 'passed').length;
    this.#write();
    const beyond = exceeded.length > 0 ? `, limits exceeded: ${exceeded.map(({ name }) => name).join(', ')}` : '';
    console.log(
      `\nfaults: ${this.#scenarios.length} scenarios, ${runs.length} runs, ${passed} passed, ${runs.length - passed} failed${beyond}`,
    );
    if (runs.length === 0 || runs.some(({ outcome }) => outcome === 'error')) return 2;
    return passed === runs.length && exceeded.length === 0 ? 0 : 1;
  }

  #keep(name: string, run: number, history: History): string {
    const stem = this.options.json?.replace(/\.json$/, '') ?? 'faults';
    const file = `${stem}.${name}-${run}.history.jsonl`;
    writeFileSync(file, `${history.entries.map((entry) => JSON.stringify(entry)).join('\n')}\n`);
    return file;
  }

  #write(): void {
    const { json, seed, short } = this.options;
    if (!json) return;
    const processors = cpus();
    const report = {
      date: this.#begun.toISOString(),
      seed,
      short,
      hardware: {
        cpu: processors[0]?.model,
        cores: processors.length,
        memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
        node: process.version,
        loadAverage: loadavg(),
      },
      scenarios: this.#scenarios,
    };
    writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
}

function limitsKept({ summary }: ScenarioReport): boolean {
  return summary.every(({ limits }) => limits.every(({ kept }) => kept));
}

function verdict({ percentile, atMost, rule, judged, kept }: Summary['limits'][number], { short }: Options): string {
  const which = percentile === 100 ? 'max' : `p${percentile}`;
  const unjudged = short ? 'judged in the full form' : `judged from ${RUNS_FOR_PERCENTILES} runs on`;
  const outcome = judged ? (kept ? 'kept' : 'EXCEEDED') : unjudged;
  return `; ${which} at most ${atMost} (${rule}): ${outcome}`;
}

function shown(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'never';
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** Printed broken rules of a run: the first ones explain it, the file has all. */
const MOST_LINES = 8;
