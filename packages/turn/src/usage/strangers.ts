import type { TurnLimits } from '../limits.js';

/**
 * Limits datagrams from clients without an allocation, whose addresses may be forged, in each
 * second: an answer is a little longer than its request, and checking credentials costs time.
 */
export class Strangers {
  private readonly counts = new Map<string, number>();
  private total = 0;

  constructor(private readonly limits: TurnLimits) {}

  admit(account: string | undefined): boolean {
    const { strangersPerSecond, strangersPerSecondPerAddress } = this.limits;
    if (this.total >= strangersPerSecond) return false;
    if (account !== undefined) {
      const count = this.counts.get(account) ?? 0;
      if (count >= strangersPerSecondPerAddress) return false;
      this.counts.set(account, count + 1);
    }
    this.total += 1;
    return true;
  }

  nextSecond(): void {
    this.counts.clear();
    this.total = 0;
  }
}
