import type { Clock } from '@waterbus/cluster';
import type { FastifyBaseLogger } from 'fastify';
import type { Queries } from '../database/database.js';
import type { LiveCalls } from '../live/live-calls.js';
import { findPoll } from './reading.js';
import { shownPoll } from './shown-poll.js';

/**
 * Announces the state of polls after votes: the first vote at once, and those that follow within
 * `PAUSE` together, so that a room of 1,000 voters does not get as many events. Each server does so
 * for the votes that it received.
 */
export class PollAnnouncer {
  readonly #parts: { queries: Queries; live: LiveCalls; clock: Clock; log: FastifyBaseLogger };
  /** By id of the poll, during the pause: whether votes followed. */
  readonly #pausing = new Map<string, { more: boolean; cancel(): void }>();

  constructor(parts: { queries: Queries; live: LiveCalls; clock: Clock; log: FastifyBaseLogger }) {
    this.#parts = parts;
  }

  /** After the commit of a vote (R5). Never rejects: clients read the list to recover. */
  async voted(meetingId: string, pollId: string): Promise<void> {
    const pausing = this.#pausing.get(pollId);
    if (pausing) {
      pausing.more = true;
      return;
    }
    const cancel = this.#parts.clock.after(PAUSE, () => {
      const ended = this.#pausing.get(pollId);
      this.#pausing.delete(pollId);
      if (ended?.more) void this.voted(meetingId, pollId);
    });
    this.#pausing.set(pollId, { more: false, cancel });
    await this.#announce(meetingId, pollId);
  }

  close(): void {
    for (const { cancel } of this.#pausing.values()) cancel();
    this.#pausing.clear();
  }

  async #announce(meetingId: string, pollId: string): Promise<void> {
    try {
      const poll = shownPoll(await findPoll(this.#parts.queries, meetingId, pollId));
      await this.#parts.live.publish(meetingId, { type: 'poll.updated', poll });
    } catch (error) {
      // Deleted in the meantime, or the database is away.
      this.#parts.log.debug({ meetingId, pollId, err: error }, 'announcing votes failed');
    }
  }
}

/** Milliseconds: bars that move twice a second are live. */
const PAUSE = 500;
