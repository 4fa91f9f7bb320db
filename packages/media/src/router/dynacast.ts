/**
 * The highest spatial layer of one producer that anybody takes, as its publisher is told of it:
 * more at once, less after two seconds, because tiles that are hidden often come back and an
 * encoder that stops has to begin with a key frame.
 */
export class Dynacast {
  /** What the publisher believes; everything in the beginning. */
  announced = Number.POSITIVE_INFINITY;
  private lowerAt = Number.POSITIVE_INFINITY;
  /** The most that was wanted since less was. */
  private most = -1;

  /** Whether the publisher may be expected to send anything. */
  get isWanted(): boolean {
    return this.announced >= 0;
  }

  get isLowering(): boolean {
    return this.lowerAt !== Number.POSITIVE_INFINITY;
  }

  /**
   * `wanted`: the highest layer now, -1 for none; `top`: the highest there is. Answers what is to
   * be announced, if anything.
   */
  update(wanted: number, top: number, now: number): number | undefined {
    const announced = Math.min(this.announced, top);
    if (wanted >= announced) {
      this.lowerAt = Number.POSITIVE_INFINITY;
      return wanted > this.announced ? this.announce(wanted) : undefined;
    }
    if (this.lowerAt === Number.POSITIVE_INFINITY) {
      this.lowerAt = now + PATIENCE;
      this.most = wanted;
    }
    this.most = Math.max(this.most, wanted);
    return now >= this.lowerAt ? this.announce(this.most) : undefined;
  }

  private announce(wanted: number): number {
    this.announced = wanted;
    this.lowerAt = Number.POSITIVE_INFINITY;
    return wanted;
  }
}

/** Milliseconds. */
const PATIENCE = 2000;
