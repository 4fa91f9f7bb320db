/**
 * What has to be left for what is never lowered (sound, repeats), from what was sent of it lately.
 */
export class Reserve {
  /** Bits per second. */
  rate = 0;
  private bytes = 0;
  private at = Number.NEGATIVE_INFINITY;

  /** `bytes`: all that was sent so far, with headers. */
  measure(bytes: number, now: number): void {
    const elapsed = now - this.at;
    if (elapsed < SHORTEST_PERIOD) return;
    const rate = elapsed === Number.POSITIVE_INFINITY ? 0 : Math.max(0, (bytes - this.bytes) * 8000) / elapsed;
    // Somebody begins to speak: at once. A pause between sentences: not yet.
    this.rate = rate > this.rate ? rate : this.rate + (rate - this.rate) * DECAY;
    this.bytes = bytes;
    this.at = now;
  }
}

/** Milliseconds: ten packets of sound. */
const SHORTEST_PERIOD = 200;
/** For each period: half of it is forgotten after a second and a half. */
const DECAY = 0.1;
