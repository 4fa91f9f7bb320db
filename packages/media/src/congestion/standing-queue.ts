// Hot path: no allocation per packet.
import type { ReportedPacket } from './reported-packet.js';

/**
 * Whether packets wait in a queue that does not grow: the trendline detects only queues that
 * change. Compares two values: the least recent delay, which passing bursts do not raise, and the
 * least of the last ten to twenty seconds, when the path was emptier (as CoDel does in routers).
 * Delays are the receiver's clock less ours: only their differences have a meaning.
 */
export class StandingQueue {
  /** Milliseconds that even the fastest of the last packets waited. */
  delay = 0;
  /** The least delay of the current and of the last base window. */
  private base = Number.POSITIVE_INFINITY;
  private previousBase = Number.POSITIVE_INFINITY;
  private baseUntil = Number.NEGATIVE_INFINITY;
  private recent = Number.POSITIVE_INFINITY;
  private recentUntil = Number.NEGATIVE_INFINITY;
  /** Since when the rate is lowered for the queue, and its length then; -1 when it is not. */
  private drainingSince = -1;
  private drainingFrom = 0;
  /**
   * Until then the queue counts as caused by other flows, which do not yield, or as none: the path
   * became longer.
   */
  private givenUpUntil = Number.NEGATIVE_INFINITY;
  /** The queue was given up just now: the lower rate had no effect. */
  hasGivenUp = false;

  add({ sentAt, arrivedAt }: Readonly<Pick<ReportedPacket, 'sentAt' | 'arrivedAt'>>): void {
    const delay = arrivedAt - sentAt;
    if (sentAt >= this.baseUntil) {
      this.previousBase = this.base;
      this.base = Number.POSITIVE_INFINITY;
      this.baseUntil = sentAt + BASE_WINDOW;
    }
    if (delay < this.base) this.base = delay;
    if (sentAt >= this.recentUntil) {
      if (this.recent !== Number.POSITIVE_INFINITY) {
        this.delay = Math.max(0, this.recent - Math.min(this.base, this.previousBase));
      }
      this.recent = Number.POSITIVE_INFINITY;
      this.recentUntil = sentAt + RECENT_WINDOW;
    }
    if (delay < this.recent) this.recent = delay;
  }

  /** Whether the rate must be lowered for the queue now. */
  isToDrain(now: number): boolean {
    this.hasGivenUp = false;
    if (this.delay < MAX_DELAY) {
      this.drainingSince = -1;
      return false;
    }
    if (now < this.givenUpUntil) return false;
    if (this.drainingSince < 0) {
      this.drainingSince = now;
      this.drainingFrom = this.delay;
    } else if (now - this.drainingSince >= PATIENCE) {
      // A lower rate did not help: other flows fill the queue, and would take the whole path.
      if (this.delay > YIELD_SHARE * this.drainingFrom) {
        this.givenUpUntil = now + 2 * BASE_WINDOW;
        this.hasGivenUp = true;
      }
      this.drainingSince = -1;
      return !this.hasGivenUp;
    }
    return true;
  }

  /** The receiver's clock was reset. */
  reset(): void {
    this.base = this.previousBase = this.recent = Number.POSITIVE_INFINITY;
    this.baseUntil = this.recentUntil = Number.NEGATIVE_INFINITY;
    this.delay = 0;
    this.drainingSince = -1;
  }
}

/**
 * Milliseconds: a queue this long is never the path's own variation, which is less; conversation
 * suffers above.
 */
const MAX_DELAY = 60;
/** Milliseconds: six frames, one of which finds the queue as short as it gets. */
const RECENT_WINDOW = 200;
/**
 * Milliseconds: clocks that differ by a ten-thousandth drift apart by a millisecond in this time.
 */
const BASE_WINDOW = 10_000;
/**
 * Milliseconds within which a queue of a second, drained by a quarter of the rate, has shrunk to
 * this share.
 */
const PATIENCE = 2000;
const YIELD_SHARE = 0.75;
