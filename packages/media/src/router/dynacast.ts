/**
 * The highest spatial layer of one producer that any consumer takes, as announced to its publisher:
 * more at once, less after two seconds, because hidden tiles often return and an encoder that stops
 * must restart with a key frame.
 */
export class Dynacast {
  /** The highest layer announced last; `Infinity`, for all layers, at first. */
  announced = Number.POSITIVE_INFINITY;
  private lowerAt = Number.POSITIVE_INFINITY;
  /** The highest layer wanted since fewer than the announced ones are. */
  private most = -1;

  /** Whether the publisher may be expected to send media. */
  get isWanted(): boolean {
    return this.announced >= 0;
  }

  get isLowering(): boolean {
    return this.lowerAt !== Number.POSITIVE_INFINITY;
  }

  /**
   * `wanted`: the highest layer now, -1 for none; `top`: the highest there is. Answers the layer to
   * announce, if any.
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
