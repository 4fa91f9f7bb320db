import type { NetworkPath } from './network-path.js';
import type { World } from './world.js';

export type TcpGrowth = 'reno' | 'cubic';

/**
 * A long transfer by TCP beside the media: slow start, then the window of RFC 5681 or of RFC 9438,
 * reduced once for each round trip with a loss. Lost packets are not retransmitted: only the amount
 * of traffic matters to others.
 */
export class TcpFlow {
  /** Each packet that arrived. */
  readonly arrivals: { at: number; bytes: number }[] = [];
  private window = INITIAL_WINDOW;
  private threshold = Number.POSITIVE_INFINITY;
  private next = 0;
  private acknowledged = -1;
  /** Losses before this number are already handled. */
  private recovered = 0;
  private timeoutAt = Number.POSITIVE_INFINITY;
  /**
   * RFC 9438: the window before the last reduction, the time of it, and the window of Reno since.
   */
  private largest = 0;
  private reducedAt = 0;
  private renoWindow = 0;
  private roundTrip = 0;

  constructor(
    private readonly world: World,
    private readonly path: NetworkPath,
    private readonly growth: TcpGrowth,
    private readonly until = Number.POSITIVE_INFINITY,
  ) {
    world.every(TIMER, () => world.now >= this.timeoutAt && this.timedOut());
    this.fill();
  }

  /** Bits per second that arrived between two times. */
  throughput(from: number, to: number): number {
    const bytes = this.arrivals
      .filter(({ at }) => at >= from && at < to)
      .reduce((sum, packet) => sum + packet.bytes, 0);
    return (bytes * 8000) / (to - from);
  }

  private fill(): void {
    const { world } = this;
    while (world.now < this.until && this.underWay < Math.floor(this.window)) {
      const number = this.next++;
      const sentAt = world.now;
      this.path.send(SEGMENT, () => {
        this.arrivals.push({ at: world.now, bytes: SEGMENT });
        world.at(world.now + this.path.options.delay, () => this.acknowledge(number, sentAt));
      });
    }
    this.timeoutAt = this.underWay > 0 ? world.now + RETRANSMISSION_TIMEOUT : Number.POSITIVE_INFINITY;
  }

  private acknowledge(number: number, sentAt: number): void {
    if (number <= this.acknowledged) return;
    this.roundTrip = this.world.now - sentAt;
    const firstMissing = this.acknowledged + 1;
    // The path keeps its order, so a gap is a loss.
    if (number > firstMissing && firstMissing >= this.recovered) this.reduce();
    else if (this.window < this.threshold) this.window += 1;
    else if (this.growth === 'reno') this.window += 1 / this.window;
    else this.window += this.cubicStep();
    this.acknowledged = number;
    this.fill();
  }

  private reduce(): void {
    const factor = this.growth === 'reno' ? 0.5 : CUBIC_FACTOR;
    this.largest = this.window < this.largest ? (this.window * (1 + CUBIC_FACTOR)) / 2 : this.window;
    this.window = this.renoWindow = this.threshold = Math.max(2, this.window * factor);
    this.reducedAt = this.world.now;
    this.recovered = this.next;
  }

  /** RFC 9438 sections 4.2 and 4.3: towards the largest window and beyond it, and never slower than Reno. */
  private cubicStep(): number {
    const inflection = Math.cbrt((this.largest * (1 - CUBIC_FACTOR)) / CUBIC_SCALE);
    const elapsed = (this.world.now - this.reducedAt + this.roundTrip) / 1000;
    this.renoWindow += (3 * (1 - CUBIC_FACTOR)) / (1 + CUBIC_FACTOR) / this.window;
    const aim = Math.max(CUBIC_SCALE * (elapsed - inflection) ** 3 + this.largest, this.renoWindow);
    return Math.max(0, Math.min(aim, 1.5 * this.window) - this.window) / this.window;
  }

  private timedOut(): void {
    this.threshold = Math.max(2, this.window / 2);
    this.window = 1;
    this.acknowledged = this.next - 1;
    this.recovered = this.next;
    this.fill();
  }

  private get underWay(): number {
    return this.next - this.acknowledged - 1;
  }
}

/** Bytes of a full packet without the headers that the path counts. */
const SEGMENT = 1456;
/** RFC 6928, packets. */
const INITIAL_WINDOW = 10;
/** RFC 6298 section 2.4, milliseconds; and the interval of its checks. */
const RETRANSMISSION_TIMEOUT = 1000;
const TIMER = 100;
/** RFC 9438 section 4. */
const CUBIC_FACTOR = 0.7;
const CUBIC_SCALE = 0.4;
