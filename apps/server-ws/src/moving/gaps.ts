import type { Clock } from '@waterbus/cluster';

/**
 * The longest gaps that participants saw or heard when streams moved, as their clients report them:
 * of each participant the longest, in milliseconds.
 */
export class Gaps {
  readonly #gaps = new Map<string, { gap: number; at: number }>();

  constructor(private readonly clock: Clock) {}

  note(participantId: string, gap: number | undefined): void {
    if (gap === undefined) return;
    const at = this.clock.now();
    const known = this.#gaps.get(participantId);
    const isSameMove = known !== undefined && at - known.at < ONE_MOVE;
    this.#gaps.delete(participantId);
    this.#gaps.set(participantId, { gap: isSameMove ? Math.max(known.gap, gap) : gap, at });
    if (this.#gaps.size <= MOST) return;
    const [oldest] = this.#gaps.keys();
    if (oldest !== undefined) this.#gaps.delete(oldest);
  }

  /** Reported in the last so many milliseconds. */
  within(milliseconds: number): Record<string, number> {
    const since = this.clock.now() - milliseconds;
    const recent = [...this.#gaps].filter(([, { at }]) => at >= since);
    return Object.fromEntries(recent.map(([participantId, { gap }]) => [participantId, gap]));
  }
}

/** Milliseconds. All streams of a call move within a minute. */
const ONE_MOVE = 60_000;

/** Participants; those with the oldest reports are forgotten. */
const MOST = 10_000;
