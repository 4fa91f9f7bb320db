import type { Clock } from '@waterbus/cluster';
import type { RoomEvent } from '@waterbus/protocol';
import { RoomEvents } from './room-events.js';

export interface BroadcastReceiver {
  roomEvents(batch: RoomEvents): void;
}

/**
 * Sends the changes of a room to its live clients on this node: at once as long as they are rare,
 * and together while many follow each other in a large room. A write to a socket costs the same for
 * one change as for ten, and a room of 1,000 in which 1,000 join needs a million writes otherwise.
 */
export class RoomBroadcast {
  private waiting: RoomEvent[] = [];
  private sentAt = Number.NEGATIVE_INFINITY;
  private stopTimer: (() => void) | undefined;

  constructor(
    private readonly receivers: ReadonlySet<BroadcastReceiver>,
    private readonly clock: Clock,
  ) {}

  add(event: RoomEvent): void {
    this.waiting.push(event);
    if (this.stopTimer) return;
    const wait = this.sentAt + intervalFor(this.receivers.size) - this.clock.now();
    if (wait <= 0) this.send();
    else
      this.stopTimer = this.clock.after(wait, () => {
        this.stopTimer = undefined;
        this.send();
      });
  }

  close(): void {
    this.stopTimer?.();
  }

  private send(): void {
    const batch = new RoomEvents(this.waiting);
    this.waiting = [];
    this.sentAt = this.clock.now();
    for (const receiver of [...this.receivers]) receiver.roomEvents(batch);
  }
}

/** Milliseconds between two batches. */
function intervalFor(receivers: number): number {
  return receivers <= SMALL_ROOM ? 0 : Math.min(LONGEST_INTERVAL, receivers * INTERVAL_PER_RECEIVER);
}

/** Receivers: one change costs less than a millisecond. */
const SMALL_ROOM = 50;

/**
 * Milliseconds. A write takes about 15 µs: the changes of a room take a seventh of a core at most,
 * and a change is delayed by less than participants notice.
 */
const INTERVAL_PER_RECEIVER = 0.1;
const LONGEST_INTERVAL = 100;
