/**
 * Detects when a producer's packets stop although they should arrive, and when they arrive again.
 */
export class ArrivalsWatch {
  private seen = -1;
  private seenAt = Number.NEGATIVE_INFINITY;
  isSilent = false;

  /**
   * `arrivals` grows with everything that arrives from the producer: packets, and the sender
   * reports that a source without frames or sound still sends. `isExpected`: it is neither paused
   * nor unwanted. Answers the event to emit, if any.
   */
  update(arrivals: number, isExpected: boolean, now: number): 'producer.silent' | 'producer.flowing' | undefined {
    if (arrivals !== this.seen || !isExpected || this.seenAt === Number.NEGATIVE_INFINITY) {
      const hasCome = this.seen >= 0 && arrivals !== this.seen;
      this.seen = arrivals;
      this.seenAt = now;
      if (!this.isSilent || !(hasCome || !isExpected)) return undefined;
      this.isSilent = false;
      return 'producer.flowing';
    }
    if (this.isSilent || now - this.seenAt < LONGEST_SILENCE) return undefined;
    this.isSilent = true;
    return 'producer.silent';
  }
}

/**
 * Milliseconds. Opus in a silent room (DTX) sends a packet each 400 ms, a still screen a frame each
 * second; both send reports.
 */
const LONGEST_SILENCE = 2000;
