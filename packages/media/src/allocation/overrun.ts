/**
 * How much more video is sent than its layers were taken to cost: an encoder that is raised sends more each moment, and
 * what was measured of it lags behind.
 */
export class Overrun {
  private rate = 0;
  private bytes = -1;
  private at = 0;

  /** `bytes`: all that was sent of video so far, with headers. Milliseconds. */
  measure(bytes: number, now: number): void {
    const elapsed = now - this.at;
    if (this.bytes >= 0 && elapsed < PERIOD) return;
    this.rate = this.bytes < 0 ? 0 : ((bytes - this.bytes) * 8000) / elapsed;
    this.bytes = bytes;
    this.at = now;
  }

  /** Less is sent from now on, as soon as key frames have come. */
  restart(now: number): void {
    this.rate = 0;
    this.bytes = -1;
    this.at = now;
  }

  /** The share of the budget that may be spent when what costs `spent` overruns it; else 1. Bits per second. */
  factor(spent: number, budget: number): number {
    if (spent <= 0 || this.rate <= spent || this.rate <= TOLERANCE * budget) return 1;
    return spent / this.rate;
  }
}

/** Milliseconds: a key frame among so many others does not count for much. */
const PERIOD = 750;
/** Frames differ in size. */
const TOLERANCE = 1.1;
