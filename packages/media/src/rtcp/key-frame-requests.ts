import { KeyFrameAllowance } from './key-frame-allowance.js';

/**
 * When to ask a publisher for a key frame: requests of all receivers are merged, sent at most every `MIN_INTERVAL`, and
 * repeated until the key frame comes, because a request may get lost like any packet (RFC 4585 section 6.3.1). A receiver
 * without a picture waits for `FIRST_INTERVAL` only, if not many of them come one after the other.
 */
export class KeyFrameRequests {
  private wanted = false;
  private first = false;
  private readonly firsts = new KeyFrameAllowance();
  /** Nobody who asks may have it sooner, milliseconds. */
  private notBefore = Number.NEGATIVE_INFINITY;
  private sentAt = Number.NEGATIVE_INFINITY;
  private tries = 0;

  /** Answers whether that changes anything: one may be wanted already, as soon or sooner. */
  request(notBefore = Number.NEGATIVE_INFINITY): boolean {
    if (this.wanted && this.notBefore <= notBefore) return false;
    this.wanted = true;
    this.notBefore = notBefore;
    return true;
  }

  /** The same at once, for a receiver that has no picture yet. */
  requestFirst(now: number): boolean {
    if (this.firsts.allowedAt(now) <= now) this.first = true;
    return this.request(now);
  }

  /** Whether what `take` answered last repeats the request before. */
  get isRepeat(): boolean {
    return this.tries > 1;
  }

  keyFrameCame(): void {
    this.wanted = this.first = false;
    this.tries = 0;
  }

  /** When `take` will answer true next, milliseconds. */
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
    // Only what came before its turn is paid for.
    if (this.first && now < this.sentAt + MIN_INTERVAL) this.firsts.spend(now);
    this.first = false;
    this.tries++;
    this.sentAt = now;
    return true;
  }

  /** Milliseconds from the request before to the next one. The key frame that was asked for is on its way for all. */
  private get interval(): number {
    if (this.tries > 1) return RETRY_INTERVAL;
    return this.tries === 0 && this.first ? FIRST_INTERVAL : MIN_INTERVAL;
  }
}

/** A key frame costs a publisher several frames' bits, so more than two a second would ruin the picture they are to start. */
const MIN_INTERVAL = 500;
/** Milliseconds: a receiver that connects within this time starts at the key frame that came. */
export const FIRST_INTERVAL = 250;
/** After two unanswered requests the publisher is slow or gone; asking faster would not help. */
const RETRY_INTERVAL = 1000;
/** Somebody still without a picture after that asks again by RTCP. */
const MAX_TRIES = 10;
