/** The distribution of all values observed so far, as plain numbers. Nothing resets it. */
export interface Distribution {
  /** The upper bounds of the buckets, ascending. One bucket without a bound follows. */
  bounds: readonly number[];
  /** The number of values in each bucket alone. */
  counts: readonly number[];
  sum: number;
}

/** Counts values by size. `observe` allocates nothing. */
export class Histogram {
  private readonly counts: Float64Array;
  private sum = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket += 1;
    this.counts[bucket]! += 1;
    this.sum += value;
  }

  read(): Distribution {
    return { bounds: this.bounds, counts: [...this.counts], sum: this.sum };
  }
}

export interface LabelledDistribution<L extends string> {
  labels: Readonly<Record<L, string>>;
  distribution: Distribution;
}

/** One histogram for each combination of labels, whose values come from a bounded set. */
export class Histograms<L extends string> {
  private readonly series = new Map<string, { labels: Readonly<Record<L, string>>; histogram: Histogram }>();

  constructor(private readonly bounds: readonly number[]) {}

  observe(labels: Readonly<Record<L, string>>, value: number): void {
    const key = JSON.stringify(Object.values(labels));
    let series = this.series.get(key);
    if (!series) {
      // A label whose values are not bounded after all must not fill the memory.
      if (this.series.size >= MOST_SERIES) return;
      series = { labels, histogram: new Histogram(this.bounds) };
      this.series.set(key, series);
    }
    series.histogram.observe(value);
  }

  read(): LabelledDistribution<L>[] {
    return [...this.series.values()].map(({ labels, histogram }) => ({ labels, distribution: histogram.read() }));
  }
}

/** Seconds: from a local query to a request that a person gives up. */
export const LATENCY_BOUNDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Three statuses of each of some 150 routes. */
const MOST_SERIES = 1000;
