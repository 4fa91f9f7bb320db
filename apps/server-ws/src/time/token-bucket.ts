/**
 * Passes `rate` tokens a second, and up to `burst` at once after a pause. Starts full. Times are
 * milliseconds.
 */
export class TokenBucket {
  private tokens: number;

  constructor(
    private readonly rate: number,
    private readonly burst: number,
    private last: number,
  ) {
    this.tokens = burst;
  }

  /** Takes all of these tokens, or none. */
  take(now: number, tokens = 1): boolean {
    this.tokens = Math.min(this.burst, this.tokens + (Math.max(0, now - this.last) / 1000) * this.rate);
    this.last = now;
    if (this.tokens < tokens) return false;
    this.tokens -= tokens;
    return true;
  }
}
