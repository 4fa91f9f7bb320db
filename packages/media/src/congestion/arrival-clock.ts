// Hot path: no allocation per packet.
import type { ReportedPacket } from './reported-packet.js';

/**
 * The receiver's clock from its feedback: 24-bit reference times of 64 ms, extended, in
 * milliseconds.
 */
export class ArrivalClock {
  private reference = -1;
  /** The latest arrival so far. */
  private newest = Number.NEGATIVE_INFINITY;
  private refused = 0;

  /**
   * The reference time of a feedback, milliseconds; -1 when it goes back further than reordering
   * explains.
   */
  take(reference: number): number {
    // One cycle up at first, so that earlier times stay positive.
    const extended =
      this.reference < 0 ? reference + CYCLE : this.reference + (((reference - this.reference) << 8) >> 8);
    const time = extended * REFERENCE_TIME;
    if (time < this.newest - MAX_BACK) {
      // A clock that stays at its new time was reset, and must not stop the estimate forever.
      if (++this.refused >= MAX_REFUSED) this.reset();
      return -1;
    }
    this.refused = 0;
    this.reference = extended;
    return time;
  }

  /** A packet arrived. */
  arrived({ arrivedAt }: Readonly<Pick<ReportedPacket, 'arrivedAt'>>): void {
    if (arrivedAt > this.newest) this.newest = arrivedAt;
  }

  private reset(): void {
    this.reference = -1;
    this.newest = Number.NEGATIVE_INFINITY;
    this.refused = 0;
  }
}

const CYCLE = 2 ** 24;
const REFERENCE_TIME = 64;
/** Milliseconds: receivers report a late packet again together with the half second before it. */
const MAX_BACK = 2000;
/** Half a second to some seconds of feedback. */
const MAX_REFUSED = 10;
