import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { checkHistory } from '../faults/check/check-history.js';
import { History } from '../faults/history.js';
import type { Figures, Run } from '../faults/scenario.js';
import { seededRandom } from '../faults/seeded-random.js';
import { type Lifecycle, lifecycles } from './lifecycles.js';
import { PlayedCluster } from './played/cluster.js';
import { keptAllLimits, type LifecycleReport, reportOf, tableOf } from './report.js';
import { running } from './running.js';

/**
 * `npm run kubernetes`: plays lifecycles of the chart's pods while people are in a call. Exit codes:
 * 0 all rules kept, 1 a rule broken or a limit exceeded, 2 a run could not be completed, 130 ended by
 * a signal.
 */
export async function main(words: string[]): Promise<number> {
  const { values } = parseArgs({
    args: words,
    options: {
      only: { type: 'string' },
      runs: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      json: { type: 'string' },
      short: { type: 'boolean', default: false },
    },
  });
  const names = values.only?.split(',') ?? lifecycles.map(({ name }) => name);
  const wanted = lifecycles.filter(({ name }) => names.includes(name));
  if (wanted.length < names.length) {
    console.error(`--only takes some of ${lifecycles.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  console.log(`seed ${values.seed}${values.short ? ', short' : ''}`);
  const playing = { seed: Number(values.seed), short: values.short, runs: Number(values.runs) };
  const interrupted = new Promise<number>((resolve) => {
    const stop = () => void closeAll().finally(() => resolve(130));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  });
  return Promise.race([interrupted, playAll(wanted, playing, values.json)]);
}

async function playAll(
  wanted: readonly Lifecycle[],
  { seed, short, runs }: { seed: number; short: boolean; runs: number },
  json: string | undefined,
): Promise<number> {
  const reports: LifecycleReport[] = [];
  let worst = 0;
  for (const lifecycle of wanted) {
    const figures: Figures[] = [];
    const loads: number[] = [];
    for (let number = 1; number <= runs; number += 1) {
      const outcome = await playOnce(lifecycle, number, { seed, short });
      worst = Math.max(worst, outcome.code);
      if (outcome.figures) figures.push(outcome.figures);
      loads.push(loadavg()[0]!);
    }
    const report = reportOf(lifecycle, figures, { loads, short });
    if (!keptAllLimits(report)) worst = Math.max(worst, 1);
    reports.push(report);
    if (json) writeFileSync(json, `${JSON.stringify(reports, undefined, 2)}\n`);
  }
  console.log(['', ...tableOf(reports)].join('\n'));
  return worst;
}

/** What a signal must end: the processes of the run, and what it has registered. */
const closings: (() => Promise<unknown>)[] = [];

async function closeAll(): Promise<void> {
  for (const close of closings.splice(0).reverse()) {
    await close().catch((error) => console.error(`cleaning up: ${error}`));
  }
}

async function playOnce(
  lifecycle: Lifecycle,
  number: number,
  { seed, short }: { seed: number; short: boolean },
): Promise<{ code: number; figures?: Figures }> {
  const history = new History();
  let played: PlayedCluster | undefined;
  try {
    const cluster = await PlayedCluster.start(lifecycle.values);
    played = cluster;
    closings.push(() => cluster.close());
    const run: Run = {
      cluster: running(cluster),
      number,
      random: seededRandom(seed, lifecycle.name, number),
      history,
      short,
      // At once: a run may be ended before its time.
      log: (line) => console.log(`  ${line}`),
      after: (cleanUp) => closings.push(cleanUp),
    };
    const figures = await lifecycle.play(cluster, run);
    history.close();
    const broken = checkHistory(history.entries);
    console.log(
      `${lifecycle.name} ${number}: ${broken.length === 0 ? 'passed' : 'broken'}, load ${loadavg()[0]?.toFixed(1)}`,
    );
    for (const { rule, what } of broken) console.log(`  ${rule} broken: ${what}`);
    return { code: broken.length === 0 ? 0 : 1, figures };
  } catch (error) {
    console.log(`${lifecycle.name} ${number}: ${error instanceof Error ? error.stack : error}`);
    for (const line of played?.log ?? []) console.log(`  ${line}`);
    return { code: 2 };
  } finally {
    history.close();
    await closeAll();
  }
}
