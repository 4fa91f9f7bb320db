import type { Figures, Limit } from './scenario.js';

/** One figure over all runs of a scenario. */
export interface Summary {
  figure: string;
  n: number;
  p50: number;
  p95: number;
  max: number;
  /** `judged`: enough runs for this percentile, and not a time of a short run. */
  limits: (Limit & { value: number; judged: boolean; kept: boolean })[];
}

/**
 * Figures of all runs, in the order of their first appearance. A limit without a measured figure
 * counts as broken. The short form judges counts, and that an event happened at all; its times
 * depend on the other work of the machine, and are for the reader only.
 */
export function summarize(figures: Figures[], limits: Limit[], { short }: { short: boolean }): Summary[] {
  const values = new Map<string, number[]>(limits.map(({ figure }) => [figure, []]));
  for (const [figure, more] of figures.flatMap((ofRun) => Object.entries(ofRun))) {
    values.set(figure, [...(values.get(figure) ?? []), ...more]);
  }
  return [...values].map(([figure, unsorted]) => {
    const sorted = unsorted.toSorted((a, b) => a - b);
    return {
      figure,
      n: sorted.length,
      p50: percentile(sorted, 50),
      p95: percentile(sorted, 95),
      max: percentile(sorted, 100),
      limits: limits
        .filter((limit) => limit.figure === figure)
        .map((limit) => {
          const value = percentile(sorted, limit.percentile);
          const enough = limit.percentile === 100 || figures.length >= RUNS_FOR_PERCENTILES;
          const judged = enough && !(short && isTime(limit.figure) && Number.isFinite(value));
          return { ...limit, value, judged, kept: !judged || value <= limit.atMost };
        }),
    };
  });
}

function isTime(figure: string): boolean {
  return figure.endsWith(', ms');
}

/** With fewer runs the 95th percentile is the worst value. */
export const RUNS_FOR_PERCENTILES = 20;

/** Concatenates the figures of all runs. */
export function together(figures: Figures[]): Figures {
  const all: Figures = {};
  for (const [figure, values] of figures.flatMap((some) => Object.entries(some)))
    all[figure] = [...(all[figure] ?? []), ...values];
  return all;
}

/** Nearest rank, which is one of the measured values. NaN without any. */
export function percentile(sorted: number[], rank: number): number {
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)] ?? Number.NaN;
}
