// Hot path: no allocation per packet.
/** Bits per second of what is counted, smoothed over about a second. */
export class RateMeter {
  private bytes = 0;
  private smoothed = 0;
  private since: number;

  /** Milliseconds. */
  constructor(now: number) {
    this.since = now;
  }

  add(bytes: number): void {
    this.bytes += bytes;
  }

  bitsPerSecond(now: number): number {
    const elapsed = now - this.since;
    if (elapsed >= WINDOW) {
      const weight = Math.min(1, elapsed / TIME_CONSTANT);
      this.smoothed += weight * ((this.bytes * 8000) / elapsed - this.smoothed);
      this.bytes = 0;
      this.since = now;
    }
    return this.smoothed;
  }
}

/** Milliseconds. */
const WINDOW = 100;
const TIME_CONSTANT = 1000;
