// Hot path: no allocation per packet.
/**
 * Maps one run of a stream's (extended) numbers to a receiver's: numbers shift whenever some are
 * left out on purpose, so that the receiver sees no gap. The numbers left out last are kept as
 * bits, because packets arrive late and NACKs request old ones; a run may leave out numbers without
 * end.
 */
export class SequenceMap {
  /** The run's first incoming number. */
  from = 0;
  /** Outgoing = incoming - shift, for numbers above all that were left out. */
  shift = 0;
  private firstOutgoing = 0;
  /** The highest number left out; below `from` when none was. */
  private lastSkipped = -1;
  /**
   * One bit for each of the `WINDOW` numbers up to `lastSkipped`. Undefined for most runs, which
   * leave nothing out.
   */
  private skipped: Uint32Array | undefined;

  /** Begins a run: incoming `from` becomes `out`. */
  start(from: number, out: number): void {
    this.from = from;
    this.shift = from - out;
    this.firstOutgoing = out;
    this.lastSkipped = from - 1;
  }

  /** Leaves one incoming number out. It must be newer than any number mapped so far. */
  skip(incoming: number): void {
    this.skipped ??= new Uint32Array(WINDOW / 32);
    const skipped = this.skipped;
    if (incoming - this.lastSkipped >= WINDOW || this.lastSkipped < this.from) skipped.fill(0);
    else for (let n = this.lastSkipped + 1; n < incoming; n++) skipped[slot(n)] = skipped[slot(n)]! & ~(1 << (n & 31));
    skipped[slot(incoming)] = skipped[slot(incoming)]! | (1 << (incoming & 31));
    this.lastSkipped = incoming;
    this.shift++;
  }

  /**
   * The receiver's number, or -1 when this one was left out, is too old, or lies before the run.
   */
  toOutgoing(incoming: number): number {
    if (incoming > this.lastSkipped) return incoming - this.shift;
    if (incoming < this.from || incoming <= this.lastSkipped - WINDOW || this.isSkipped(incoming)) return -1;
    return incoming - this.shift + this.countSkipped(incoming, this.lastSkipped);
  }

  /** The stream's number for a receiver's number, or -1. */
  toIncoming(outgoing: number): number {
    if (outgoing < this.firstOutgoing) return -1;
    // Starts at the number without any left out above it, then subtracts those left out until both
    // agree.
    let incoming = outgoing + this.shift;
    let counted = this.lastSkipped;
    let above = 0;
    for (;;) {
      if (incoming > counted) return incoming;
      if (incoming <= this.lastSkipped - WINDOW) return -1;
      above += this.countSkipped(incoming, counted);
      counted = incoming;
      const next = outgoing + this.shift - above;
      if (next === incoming) break;
      incoming = next;
    }
    const oldest = Math.max(this.from, this.lastSkipped - WINDOW + 1);
    while (incoming >= oldest && this.isSkipped(incoming)) incoming--;
    return incoming >= oldest ? incoming : -1;
  }

  private isSkipped(incoming: number): boolean {
    return ((this.skipped![slot(incoming)]! >>> (incoming & 31)) & 1) === 1;
  }

  /** How many of the numbers above `low`, up to `high`, were left out. */
  private countSkipped(low: number, high: number): number {
    let count = 0;
    for (let n = low + 1; n <= high; ) {
      const bit = n & 31;
      const bits = Math.min(32 - bit, high - n + 1);
      const mask = bits === 32 ? 0xffffffff : ((1 << bits) - 1) << bit;
      count += bitsSet(this.skipped![slot(n)]! & mask);
      n += bits;
    }
    return count;
  }
}

function slot(number: number): number {
  return (number & (WINDOW - 1)) >>> 5;
}

function bitsSet(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/**
 * Numbers remembered, twice the size of a publisher's history: older packets are never
 * retransmitted.
 */
const WINDOW = 2048;
