/**
 * The steps of a join, in order. Each figure is milliseconds from the beginning of the join to the
 * end of the step.
 */
export const joinSteps = ['admitted', 'joined', 'connected', 'firstSound', 'firstPicture'] as const;
export type JoinStep = (typeof joinSteps)[number];

export interface Percentiles {
  count: number;
  p50: number;
  p95: number;
  p99: number;
}

/** How participants came in: times of the steps, and refusals by code. */
export class JoinFigures {
  begun = 0;
  succeeded = 0;
  readonly failures = new Map<string, number>();
  /** The first detail of each code. */
  readonly details = new Map<string, string>();
  private readonly times = new Map<JoinStep, number[]>(joinSteps.map((step) => [step, []]));

  reached(step: JoinStep, milliseconds: number): void {
    this.times.get(step)?.push(milliseconds);
  }

  failed(code: string, detail?: string): void {
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    if (detail && !this.details.has(code)) this.details.set(code, detail);
  }

  get failureCount(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0);
  }

  percentiles(step: JoinStep): Percentiles {
    const times = (this.times.get(step) ?? []).toSorted((one, other) => one - other);
    // Nearest rank.
    const at = (share: number) => times[Math.max(0, Math.ceil(share * times.length) - 1)] ?? 0;
    return { count: times.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}
