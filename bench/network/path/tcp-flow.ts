import type { Random } from '../../simulate/random.js';

/** TCP transfers beside the media, as seen by a bottleneck. */
export interface TcpSpec {
  /** Links of its data. */
  route: string[];
  /** Milliseconds of an acknowledgement's way back. */
  back: number;
  /** Milliseconds since the begin of the schedule. */
  from: number;
  to: number;
  /**
   * Bytes of each transfer, and the mean of the pauses in milliseconds; without it one transfer
   * never ends.
   */
  transfers?: { least: number; most: number; pause: number };
}

/**
 * A TCP sender with slow start, congestion avoidance and one halved window for each round trip with
 * a loss (RFC 5681). It does not retransmit lost data: the amount under way affects others, not its
 * content. The path keeps its order, so a gap is a loss.
 */
export class TcpFlow {
  #window = INITIAL_WINDOW;
  #threshold = Number.POSITIVE_INFINITY;
  #next = 0;
  #acknowledged = -1;
  /** Losses before this number are already handled. */
  #recovered = 0;
  #left = 0;
  #timeout = Number.POSITIVE_INFINITY;
  #start = Number.POSITIVE_INFINITY;
  #end = Number.POSITIVE_INFINITY;

  constructor(
    private readonly spec: TcpSpec,
    private readonly random: Random,
    /** Sends this number of bytes; their acknowledgement arrives at `acknowledge`. */
    private readonly send: (number: number, bytes: number, now: number) => void,
  ) {}

  begin(now: number): void {
    this.#start = now + this.spec.from;
    this.#end = now + this.spec.to;
  }

  get nextEvent(): number {
    return Math.min(this.#start, this.#timeout);
  }

  advance(now: number): void {
    if (this.#start <= now) {
      this.#start = Number.POSITIVE_INFINITY;
      const { transfers } = this.spec;
      this.#left = transfers
        ? transfers.least + this.random.next() * (transfers.most - transfers.least)
        : Number.POSITIVE_INFINITY;
      this.#window = INITIAL_WINDOW;
      this.#threshold = Number.POSITIVE_INFINITY;
      this.#fill(now);
    }
    if (this.#timeout <= now) {
      this.#threshold = Math.max(2, this.#window / 2);
      this.#window = 1;
      this.#acknowledged = this.#next - 1;
      this.#recovered = this.#next;
      this.#fill(now);
    }
  }

  acknowledge(number: number, now: number): void {
    if (number <= this.#acknowledged) return;
    const firstMissing = this.#acknowledged + 1;
    if (number > firstMissing && firstMissing >= this.#recovered) {
      this.#threshold = Math.max(2, this.#window / 2);
      this.#window = this.#threshold;
      this.#recovered = this.#next;
    } else this.#window += this.#window < this.#threshold ? 1 : 1 / this.#window;
    this.#acknowledged = number;
    this.#fill(now);
  }

  #fill(now: number): void {
    if (now >= this.#end) this.#left = 0;
    while (this.#left > 0 && this.#next - this.#acknowledged - 1 < Math.floor(this.#window)) {
      this.#left -= SEGMENT;
      this.send(this.#next, SEGMENT, now);
      this.#next += 1;
    }
    const underWay = this.#next - this.#acknowledged - 1;
    this.#timeout = underWay > 0 ? now + RETRANSMISSION_TIMEOUT : Number.POSITIVE_INFINITY;
    if (underWay === 0 && this.spec.transfers && now < this.#end && this.#start === Number.POSITIVE_INFINITY) {
      this.#start = now + this.random.exponential(this.spec.transfers.pause);
    }
  }
}

/** Bytes of a full packet without the headers that the network counts. */
const SEGMENT = 1472;
/** RFC 6928, packets. */
const INITIAL_WINDOW = 10;
/** RFC 6298 section 2.4, milliseconds. */
const RETRANSMISSION_TIMEOUT = 1000;
