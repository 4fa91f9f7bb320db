import type { Clock } from '@waterbus/cluster';
import { MOST_REACTIONS, type SentReaction } from '@waterbus/protocol';

/**
 * The reactions of a room's participants at home here, published together while they follow each
 * other closely: in a large room each one would be a thousand writes. Beyond `MOST_REACTIONS` of an
 * interval the rest is dropped: no screen shows more.
 */
export class RoomReactions {
  private waiting: SentReaction[] = [];
  private stopTimer: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly publish: (reactions: SentReaction[]) => void,
  ) {}

  add(reaction: SentReaction): void {
    if (this.waiting.length < MOST_REACTIONS) this.waiting.push(reaction);
    if (!this.stopTimer) this.send();
  }

  close(): void {
    this.stopTimer?.();
  }

  private send(): void {
    this.stopTimer = undefined;
    if (this.waiting.length === 0) return;
    const reactions = this.waiting;
    this.waiting = [];
    this.stopTimer = this.clock.after(INTERVAL, () => this.send());
    this.publish(reactions);
  }
}

/** Milliseconds. */
const INTERVAL = 250;
