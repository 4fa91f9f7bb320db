/** A histogram of delays, so that a million delays use little memory. */
export class Delays {
  private readonly counts = new Uint32Array(BUCKETS);
  count = 0;

  /** Milliseconds. */
  add(delay: number): void {
    const bucket = Math.floor(delay / BUCKET);
    this.counts[bucket < 0 ? 0 : bucket < BUCKETS ? bucket : BUCKETS - 1]!++;
    this.count += 1;
  }

  /** The delay in milliseconds that this share of all does not exceed; 0 without any. */
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

/** Milliseconds of a bucket, and the number of buckets for two seconds. */
const BUCKET = 0.01;
const BUCKETS = 200_000;
