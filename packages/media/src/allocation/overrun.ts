/**
 * How far the rate of sent video exceeds the assumed costs of its layers: an encoder that is raised
 * sends more each moment, and its measured rate lags behind.
 */
export class Overrun {
  private rate = 0;
  private bytes = -1;
  private at = 0;

  /** `bytes`: all video sent so far, with headers. Milliseconds. */
  measure(bytes: number, now: number): void {
    const elapsed = now - this.at;
    if (this.bytes >= 0 && elapsed < PERIOD) return;
    this.rate = this.bytes < 0 ? 0 : ((bytes - this.bytes) * 8000) / elapsed;
    this.bytes = bytes;
    this.at = now;
  }

  /** Less is sent from now on, as soon as key frames arrive. */
  restart(now: number): void {
    this.rate = 0;
    this.bytes = -1;
    this.at = now;
  }

  /**
   * The share of the budget that may be spent when media that cost `spent` overrun it; else 1. Bits
   * per second.
   */
  factor(spent: number, budget: number): number {
    if (spent <= 0 || this.rate <= spent || this.rate <= TOLERANCE * budget) return 1;
    return spent / this.rate;
  }
}

/** Milliseconds: long enough that a key frame has little weight. */
const PERIOD = 750;
/** Frames differ in size. */
const TOLERANCE = 1.1;
