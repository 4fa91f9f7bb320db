import { cpus, loadavg, release, totalmem } from 'node:os';
import { type Summary, summarize } from '../faults/percentiles.js';
import type { Figures } from '../faults/scenario.js';
import type { Lifecycle } from './lifecycles.js';

export interface LifecycleReport {
  name: string;
  what: string;
  runs: number;
  /** Of the last minute at the end of each run. */
  loads: number[];
  summary: Summary[];
}

export function reportOf(
  { name, what, limits }: Lifecycle,
  figures: Figures[],
  { loads, short }: { loads: number[]; short: boolean },
): LifecycleReport {
  return { name, what, runs: figures.length, loads, summary: summarize(figures, limits, { short }) };
}

export function keptAllLimits({ summary }: LifecycleReport): boolean {
  return summary.every(({ limits }) => limits.every(({ kept }) => kept));
}

/** The figures as a table of Markdown, below a line about the machine, for docs/operations.md. */
export function tableOf(reports: readonly LifecycleReport[]): string[] {
  const rows = reports.flatMap(({ name, runs, summary }) =>
    summary.map(({ figure, n, p50, p95, max, limits }, index) => {
      const promised = limits.map(
        ({ percentile, atMost }) => `${percentile === 100 ? '' : `p${percentile} `}${atMost}`,
      );
      const broken = limits.some(({ kept }) => !kept) ? ' (exceeded)' : '';
      const cells = [
        index === 0 ? `\`${name}\`, ${runs} runs` : '',
        `${figure} (${n})`,
        ...[p50, p95, max].map(shown),
        promised.join(', ') + broken,
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  );
  return [machine(reports), '', '| lifecycle | figure (values) | p50 | p95 | most | promised |', LINE, ...rows];
}

function machine(reports: readonly LifecycleReport[]): string {
  const loads = reports.flatMap((report) => report.loads);
  const between = loads.length === 0 ? loadavg().slice(0, 1) : [Math.min(...loads), Math.max(...loads)];
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const software = `Linux ${release()}, Node ${process.version}`;
  const load = between.map((one) => one.toFixed(1)).join(' to ');
  return `${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'}, ${memory}, ${software}), load ${load}`;
}

function shown(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'never';
  return Number.isNaN(value) ? 'none' : value.toFixed(0);
}

const LINE = '| --- | --- | --- | --- | --- | --- |';
