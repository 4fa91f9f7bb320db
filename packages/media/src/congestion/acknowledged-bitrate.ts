// Hot path: no allocation per packet.
import type { ReportedPacket } from './reported-packet.js';

/**
 * The arriving rate, bits per second: samples of short windows, each weighted by its distance from
 * the estimate (libwebrtc's Bayesian estimator). A window is hardly shorter than the sending time
 * of its packets, so that invented arrival times hardly raise the rate above the sent one.
 */
export class AcknowledgedBitrate {
  /** 0 before it is known. */
  bitsPerSecond = 0;
  /**
   * The better of the last two windows. While a queue grows this is the rate of the path, even when
   * the application has just begun to send more and the estimate is still that of the time before.
   */
  get recent(): number {
    return Math.max(this.last, this.lastButOne);
  }

  private last = 0;
  private lastButOne = 0;
  private variance = FIRST_VARIANCE;
  private bytes = 0;
  private windowSent = 0;
  private windowArrival = -1;
  private lastArrival = 0;

  /**
   * `isLimited`: the application sends less than it could, so a low sample shows little about the
   * path.
   */
  add(packet: Arrival, isLimited: boolean): void {
    const { sentAt, arrivedAt } = packet;
    const window = this.bitsPerSecond === 0 ? FIRST_WINDOW : WINDOW;
    // After a pause of the application the window would measure the pause.
    if (this.windowArrival < 0 || arrivedAt - this.lastArrival > FIRST_WINDOW) this.begin(packet);
    this.lastArrival = Math.max(this.lastArrival, arrivedAt);
    const elapsed = Math.max(arrivedAt - this.windowArrival, sentAt - this.windowSent - COMPRESSION);
    if (elapsed >= window) {
      this.sample((this.bytes * 8000) / elapsed, isLimited);
      this.begin(packet);
    }
    this.bytes += packet.size;
  }

  private begin({ sentAt, arrivedAt }: Arrival): void {
    this.bytes = 0;
    this.windowSent = sentAt;
    this.windowArrival = this.lastArrival = arrivedAt;
  }

  private sample(bitsPerSecond: number, isLimited: boolean): void {
    this.lastButOne = this.last;
    this.last = bitsPerSecond;
    if (this.bitsPerSecond === 0) {
      this.bitsPerSecond = bitsPerSecond;
      return;
    }
    const distance = Math.abs(this.bitsPerSecond - bitsPerSecond) / this.bitsPerSecond;
    const scale = isLimited && bitsPerSecond < this.bitsPerSecond ? LIMITED_UNCERTAINTY : UNCERTAINTY;
    const sampleVariance = (scale * distance) ** 2;
    const predicted = this.variance + PROCESS_VARIANCE;
    const total = sampleVariance + predicted;
    this.bitsPerSecond = (sampleVariance * this.bitsPerSecond + predicted * bitsPerSecond) / total;
    this.variance = (sampleVariance * predicted) / total;
  }
}

type Arrival = Readonly<Omit<ReportedPacket, 'cluster'>>;

/** Milliseconds; the first must contain enough packets for an immediate estimate. */
const FIRST_WINDOW = 500;
const WINDOW = 150;
/** Milliseconds by which a queue may compress the packets of a window. */
const COMPRESSION = 50;
/** libwebrtc's. */
const FIRST_VARIANCE = 50;
const PROCESS_VARIANCE = 5;
const UNCERTAINTY = 10;
const LIMITED_UNCERTAINTY = 20;
