/** A histogram of delays, so that a million of them cost no memory. */
export class Delays {
  private readonly counts = new Uint32Array(BUCKETS);
  count = 0;

  /** Milliseconds. */
  add(delay: number): void {
    const bucket = Math.floor(delay / BUCKET);
    this.counts[bucket < 0 ? 0 : bucket < BUCKETS ? bucket : BUCKETS - 1]!++;
    this.count += 1;
  }

  /** The delay that this share of all does not exceed, milliseconds; 0 when there are none. */
  percentile(share: number): number {
    const rank = share * this.count;
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS && this.count > 0; bucket += 1) {
      seen += this.counts[bucket]!;
      if (seen >= rank) return (bucket + 1) * BUCKET;
    }
    return 0;
  }

  clear(): void {
    this.counts.fill(0);
    this.count = 0;
  }
}

/** Milliseconds, and two seconds of them. */
const BUCKET = 0.01;
const BUCKETS = 200_000;
