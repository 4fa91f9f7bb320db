// Hot path: no allocation per packet.
/**
 * How a stream's (extended) sequence numbers become a receiver's: numbers shift whenever packets are left out on purpose,
 * so that the receiver sees no gap. The last few shifts are kept, because packets come late and NACKs ask for old ones.
 */
export class SequenceMap {
  /** Incoming numbers from here on are shifted by `shift`; the newest segment. */
  from = 0;
  /** Outgoing = incoming - shift. */
  shift = 0;
  private readonly froms = new Float64Array(SEGMENTS);
  private readonly shifts = new Float64Array(SEGMENTS);
  private readonly ends = new Float64Array(SEGMENTS);
  private newest = -1;
  private count = 0;

  /** From incoming `from` on, numbers are given so that `from` becomes `out`. Older segments end below `previousEnd`. */
  start(from: number, out: number, previousEnd: number): void {
    if (this.count > 0) this.ends[this.newest] = previousEnd;
    this.newest = (this.newest + 1) % SEGMENTS;
    this.count = Math.min(this.count + 1, SEGMENTS);
    this.from = from;
    this.shift = from - out;
    this.froms[this.newest] = from;
    this.shifts[this.newest] = this.shift;
    this.ends[this.newest] = Number.POSITIVE_INFINITY;
  }

  /** Leaves one incoming number out. It must not be older than any number mapped so far. */
  skip(incoming: number): void {
    this.start(incoming + 1, incoming - this.shift, incoming);
  }

  /** Forgets everything, for a source whose numbers have nothing to do with the old one's. */
  clear(): void {
    this.count = 0;
    this.newest = -1;
  }

  /** The receiver's number, or -1 when this one was left out or is too old. */
  toOutgoing(incoming: number): number {
    if (this.count > 0 && incoming >= this.from) return incoming - this.shift;
    for (let i = 1; i < this.count; i++) {
      const segment = (this.newest - i + SEGMENTS) % SEGMENTS;
      if (incoming >= this.froms[segment]!) {
        return incoming < this.ends[segment]! ? incoming - this.shifts[segment]! : -1;
      }
    }
    return -1;
  }

  /** The stream's number for one that the receiver knows, or -1. */
  toIncoming(outgoing: number): number {
    for (let i = 0; i < this.count; i++) {
      const segment = (this.newest - i + SEGMENTS) % SEGMENTS;
      const incoming = outgoing + this.shifts[segment]!;
      if (incoming >= this.froms[segment]!) return incoming < this.ends[segment]! ? incoming : -1;
    }
    return -1;
  }
}

/** Shifts remembered: a publisher probing with padding makes one each; older ones are beyond what gets retransmitted. */
const SEGMENTS = 32;
