import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { checkHistory } from '../faults/check/check-history.js';
import { History } from '../faults/history.js';
import { type Summary, summarize } from '../faults/percentiles.js';
import type { Figures, Run } from '../faults/scenario.js';
import { seededRandom } from '../faults/seeded-random.js';
import { type Lifecycle, lifecycles } from './lifecycles.js';
import { PlayedCluster } from './played/cluster.js';
import { running } from './running.js';

/**
 * `npm run kubernetes`: plays lifecycles of the chart's pods while people are in a call. Exit codes:
 * 0 all rules kept, 1 a rule broken or a limit exceeded, 2 a run could not be completed.
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
  const wanted = lifecycles.filter(({ name }) => !values.only || values.only.split(',').includes(name));
  if (wanted.length === 0) {
    console.error(`--only takes some of ${lifecycles.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  console.log(`seed ${values.seed}${values.short ? ', short' : ''}`);
  const { short } = values;
  const reports: { name: string; what: string; summary: Summary[] }[] = [];
  let worst = 0;
  for (const lifecycle of wanted) {
    const figures: Figures[] = [];
    for (let number = 1; number <= Number(values.runs); number += 1) {
      const outcome = await playOnce(lifecycle, number, { seed: Number(values.seed), short });
      worst = Math.max(worst, outcome.code);
      if (outcome.figures) figures.push(outcome.figures);
    }
    const summary = summarize(figures, lifecycle.limits, { short });
    if (summary.some(({ limits }) => limits.some(({ kept }) => !kept))) worst = Math.max(worst, 1);
    print(lifecycle.name, summary);
    reports.push({ name: lifecycle.name, what: lifecycle.what, summary });
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(reports, undefined, 2)}\n`);
  return worst;
}

async function playOnce(
  lifecycle: Lifecycle,
  number: number,
  { seed, short }: { seed: number; short: boolean },
): Promise<{ code: number; figures?: Figures }> {
  const history = new History();
  const cleanUps: (() => Promise<unknown>)[] = [];
  const lines: string[] = [];
  let played: PlayedCluster | undefined;
  try {
    played = await PlayedCluster.start(lifecycle.values);
    const run: Run = {
      cluster: running(played),
      number,
      random: seededRandom(seed, lifecycle.name, number),
      history,
      short,
      log: (line) => lines.push(line),
      after: (cleanUp) => cleanUps.push(cleanUp),
    };
    const figures = await lifecycle.play(played, run);
    history.close();
    const broken = checkHistory(history.entries);
    console.log(
      `${lifecycle.name} ${number}: ${broken.length === 0 ? 'passed' : 'broken'}, load ${loadavg()[0]?.toFixed(1)}`,
    );
    for (const line of [...lines, ...broken.map(({ rule, what }) => `${rule} broken: ${what}`)])
      console.log(`  ${line}`);
    return { code: broken.length === 0 ? 0 : 1, figures };
  } catch (error) {
    console.log(`${lifecycle.name} ${number}: ${error instanceof Error ? error.stack : error}`);
    for (const line of played?.log ?? []) console.log(`  ${line}`);
    return { code: 2 };
  } finally {
    history.close();
    for (const cleanUp of cleanUps.reverse()) await cleanUp().catch((error) => console.error(`cleaning up: ${error}`));
    await played?.close();
  }
}

function print(name: string, summary: Summary[]): void {
  console.log(`\n${name}`);
  for (const { figure, n, p50, p95, max, limits } of summary) {
    const exceeded = limits
      .filter(({ kept }) => !kept)
      .map(({ percentile, atMost }) => `; p${percentile} above ${atMost}`);
    console.log(
      `  ${figure}: p50 ${p50.toFixed(0)}, p95 ${p95.toFixed(0)}, max ${max.toFixed(0)} (n ${n})${exceeded.join('')}`,
    );
  }
}
