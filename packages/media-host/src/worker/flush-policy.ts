/**
 * When descriptors leave. Packets of one frame arrive 0.1-0.6 ms apart; sent together they cost a fraction (ARCHITECTURE
 * section 3). So a busy worker holds them until a frame is complete, at most `LONGEST_HOLD`; an idle one never waits.
 */
export class FlushPolicy {
  private busy = false;
  private heldSince = -1;

  /** Share of the last period that the event loop was at work, 0-1. Two thresholds, so that it does not flap between them. */
  utilization(share: number): void {
    this.busy = share > (this.busy ? IDLE_BELOW : BUSY_ABOVE);
  }

  /** To be asked after each batch while descriptors wait. `now` in milliseconds of the monotonic clock. */
  flushNow(frameEnded: boolean, now: number): boolean {
    if (!this.busy || frameEnded) return true;
    if (this.heldSince < 0) this.heldSince = now;
    return now - this.heldSince >= LONGEST_HOLD;
  }

  flushed(): void {
    this.heldSince = -1;
  }
}

/** Milliseconds. Above the 0.6 ms a frame takes to arrive, below what anybody could see or hear. */
export const LONGEST_HOLD = 1;

/** From half of a core on, latency comes from being busy rather than from waiting. */
const BUSY_ABOVE = 0.5;
const IDLE_BELOW = 0.3;
