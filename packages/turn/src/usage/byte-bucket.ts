/** Allows a sustained rate, and the double of one second at once. */
export class ByteBucket {
  private level: number;

  constructor(
    private readonly perSecond: number,
    private at: number,
  ) {
    this.level = perSecond * 2;
  }

  has(bytes: number, now: number): boolean {
    const earned = ((now - this.at) / 1000) * this.perSecond;
    this.level = Math.min(this.perSecond * 2, this.level + earned);
    this.at = now;
    return this.level >= bytes;
  }

  take(bytes: number): void {
    this.level -= bytes;
  }
}
