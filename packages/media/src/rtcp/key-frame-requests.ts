import { KeyFrameAllowance } from './key-frame-allowance.js';

/**
 * When to request a key frame from a publisher. Requests of all receivers are merged, sent at most
 * every `MIN_INTERVAL`, and repeated until the key frame arrives, because a request can be lost
 * like any packet (RFC 4585 section 6.3.1). A receiver without a picture waits only
 * `FIRST_INTERVAL`, unless many such receivers follow one another.
 */
export class KeyFrameRequests {
  private wanted = false;
  private first = false;
  private readonly firsts = new KeyFrameAllowance();
  /** No request is sent earlier, milliseconds. */
  private notBefore = Number.NEGATIVE_INFINITY;
  private sentAt = Number.NEGATIVE_INFINITY;
  private tries = 0;

  /**
   * Answers whether this changes anything: a request may be pending already, for the same time or
   * earlier.
   */
  request(notBefore = Number.NEGATIVE_INFINITY): boolean {
    if (this.wanted && this.notBefore <= notBefore) return false;
    this.wanted = true;
    this.notBefore = notBefore;
    return true;
  }

  /** Requests a key frame at once, for a receiver that has no picture yet. */
  requestFirst(now: number): boolean {
    if (this.firsts.allowedAt(now) <= now) this.first = true;
    return this.request(now);
  }

  /** Whether the last request that `take` allowed repeats the one before. */
  get isRepeat(): boolean {
    return this.tries > 1;
  }

  keyFrameCame(): void {
    this.wanted = this.first = false;
    this.tries = 0;
  }

  /** When `take` answers true next, milliseconds. */
  nextAt(): number {
    if (!this.wanted) return Number.POSITIVE_INFINITY;
    return Math.max(this.notBefore, this.sentAt + this.interval);
  }

  /** Whether to send a request now. */
  take(now: number): boolean {
    if (now < this.nextAt()) return false;
    if (this.tries >= MAX_TRIES) {
      this.keyFrameCame();
      return false;
    }
    // Only a request earlier than `MIN_INTERVAL` uses the allowance.
    if (this.first && now < this.sentAt + MIN_INTERVAL) this.firsts.spend(now);
    this.first = false;
    this.tries++;
    this.sentAt = now;
    return true;
  }

  /**
   * Milliseconds from the previous request to the next. A key frame on its way serves all
   * receivers.
   */
  private get interval(): number {
    if (this.tries > 1) return RETRY_INTERVAL;
    return this.tries === 0 && this.first ? FIRST_INTERVAL : MIN_INTERVAL;
  }
}

/**
 * A key frame costs a publisher the bits of several frames: more than two a second would degrade
 * the picture.
 */
const MIN_INTERVAL = 500;
/** Milliseconds. A receiver that connects within this time starts at the last key frame. */
export const FIRST_INTERVAL = 250;
/** After two unanswered requests the publisher is slow or gone; faster requests would not help. */
const RETRY_INTERVAL = 1000;
/** A receiver that still has no picture then sends another request by RTCP. */
const MAX_TRIES = 10;
