/**
 * The bandwidth reserved for media that are never lowered (sound, retransmissions), from their
 * recent rate.
 */
export class Reserve {
  /** Bits per second. */
  rate = 0;
  private bytes = 0;
  private at = Number.NEGATIVE_INFINITY;

  /** `bytes`: all sent so far, with headers. */
  measure(bytes: number, now: number): void {
    const elapsed = now - this.at;
    if (elapsed < SHORTEST_PERIOD) return;
    const rate = elapsed === Number.POSITIVE_INFINITY ? 0 : Math.max(0, (bytes - this.bytes) * 8000) / elapsed;
    // The rate rises at once when a participant begins to speak, and falls slowly, across pauses
    // between sentences.
    this.rate = rate > this.rate ? rate : this.rate + (rate - this.rate) * DECAY;
    this.bytes = bytes;
    this.at = now;
  }
}

/** Milliseconds: ten packets of sound. */
const SHORTEST_PERIOD = 200;
/** For each period: half of the old rate is forgotten after a second and a half. */
const DECAY = 0.1;
