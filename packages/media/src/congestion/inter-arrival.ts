// Hot path: no allocation per packet.
import type { ReportedPacket } from './reported-packet.js';

/**
 * Groups packets that left together, and computes how much the distance of two groups changed on
 * the way (draft-ietf-rmcat-gcc-02 section 5.2). Packets that a queue released together belong to
 * one group. Times are milliseconds, of our clock for sending and of the receiver's for arrivals.
 */
export class InterArrival {
  /**
   * For the two groups completed last, after `add` answered true: their distance when they left and
   * when they arrived.
   */
  sendDelta = 0;
  arrivalDelta = 0;
  /** Arrival time of the packet that completed them. */
  arrivedAt = 0;
  private firstSent = -1;
  private lastSent = 0;
  private firstArrival = 0;
  private lastArrival = 0;
  /** When the feedback about its last packet arrived. */
  private heardAt = 0;
  private hasPrevious = false;
  private previousSent = 0;
  private previousArrival = 0;
  private previousHeardAt = 0;
  private reordered = 0;

  /** Takes an acknowledged packet; true when it completed a group that another preceded. */
  add(packet: Arrival, now: number): boolean {
    const { sentAt, arrivedAt } = packet;
    if (this.firstSent < 0) {
      this.begin(packet, now);
      return false;
    }
    if (sentAt < this.firstSent) return false;
    if (!this.completes(packet)) {
      this.lastSent = Math.max(this.lastSent, sentAt);
      this.lastArrival = arrivedAt;
      this.heardAt = now;
      return false;
    }
    let isComplete = false;
    if (this.hasPrevious) {
      this.sendDelta = this.lastSent - this.previousSent;
      this.arrivalDelta = this.lastArrival - this.previousArrival;
      // The receiver's clock jumped ahead or back: earlier measurements are meaningless now.
      if (this.arrivalDelta - (this.heardAt - this.previousHeardAt) >= MAX_CLOCK_OFFSET) {
        this.reset();
        return false;
      }
      if (this.arrivalDelta < 0) {
        if (++this.reordered >= MAX_REORDERED) this.reset();
        return false;
      }
      this.reordered = 0;
      this.arrivedAt = arrivedAt;
      isComplete = true;
    }
    this.hasPrevious = true;
    this.previousSent = this.lastSent;
    this.previousArrival = this.lastArrival;
    this.previousHeardAt = this.heardAt;
    this.begin(packet, now);
    return isComplete;
  }

  reset(): void {
    this.firstSent = -1;
    this.hasPrevious = false;
    this.reordered = 0;
  }

  private begin({ sentAt, arrivedAt }: Arrival, now: number): void {
    this.firstSent = this.lastSent = sentAt;
    this.firstArrival = this.lastArrival = arrivedAt;
    this.heardAt = now;
  }

  private completes({ sentAt, arrivedAt }: Arrival): boolean {
    const sendDelta = sentAt - this.lastSent;
    if (sendDelta === 0) return false;
    const arrivalDelta = arrivedAt - this.lastArrival;
    const isBurst =
      arrivalDelta < sendDelta && arrivalDelta <= BURST_TIME && arrivedAt - this.firstArrival < MAX_BURST_TIME;
    return !isBurst && sentAt - this.firstSent > GROUP_TIME;
  }
}

type Arrival = Readonly<Pick<ReportedPacket, 'sentAt' | 'arrivedAt'>>;

/**
 * Milliseconds: packets that leave within this time belong together (draft-ietf-rmcat-gcc-02
 * section 5.2).
 */
const GROUP_TIME = 5;
/**
 * Milliseconds: packets that arrive within this time, closer together than they left, waited in one
 * queue.
 */
const BURST_TIME = 5;
/** Milliseconds: a longer burst is a draining queue, and is measured. */
const MAX_BURST_TIME = 100;
/** Milliseconds by which the receiver's clock may run ahead of ours between two groups. */
const MAX_CLOCK_OFFSET = 3000;
/** Consecutive groups that arrived before an earlier one, until the measurement starts anew. */
const MAX_REORDERED = 3;
