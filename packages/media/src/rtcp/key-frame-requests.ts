/**
 * When to ask a publisher for a key frame: requests of all receivers are merged, sent at most every `MIN_INTERVAL`, and
 * repeated until the key frame comes, because a request may get lost like any packet (RFC 4585 section 6.3.1).
 */
export class KeyFrameRequests {
  private wanted = false;
  private sentAt = Number.NEGATIVE_INFINITY;
  private tries = 0;

  request(): void {
    this.wanted = true;
  }

  keyFrameCame(): void {
    this.wanted = false;
    this.tries = 0;
  }

  /** When `take` will answer true next, milliseconds. */
  nextAt(): number {
    return this.wanted ? this.sentAt + (this.tries > 1 ? RETRY_INTERVAL : MIN_INTERVAL) : Number.POSITIVE_INFINITY;
  }

  /** Whether to send a request now. */
  take(now: number): boolean {
    if (now < this.nextAt()) return false;
    if (this.tries >= MAX_TRIES) {
      this.keyFrameCame();
      return false;
    }
    this.tries++;
    this.sentAt = now;
    return true;
  }
}

/** A key frame costs a publisher several frames' bits, so more than two a second would ruin the picture they are to start. */
const MIN_INTERVAL = 500;
/** After two unanswered requests the publisher is slow or gone; asking faster would not help. */
const RETRY_INTERVAL = 1000;
/** Somebody still without a picture after that asks again by RTCP. */
const MAX_TRIES = 10;
