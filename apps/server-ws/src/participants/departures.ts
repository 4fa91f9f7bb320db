import type { Home } from '@waterbus/cluster';
import type { LeaveReason } from '@waterbus/protocol';
import type { LiveRoom } from '../rooms/live-room.js';
import { retryUntil } from '../time/retry-until.js';
import type { ParticipantsContext } from './context.js';

export interface Departure {
  roomId: string;
  /** The home of the participant on this node. */
  home: Home;
  reason: LeaveReason;
  hidden: boolean;
}

/**
 * Removes participants that leave this node from the rooms. Failed removals are retried, and recent
 * ones are repeated when the cluster may have lost them (R6): no other node repeats them, so the
 * participant would stay in the room forever.
 */
export class Departures {
  private readonly recent = new Set<Departure>();
  private readonly retrying = new Set<Departure>();
  private closed = false;

  constructor(
    private readonly context: Pick<ParticipantsContext, 'cluster' | 'clock' | 'records' | 'logger'>,
    /** Shows whether a participant has come back to this node. */
    private readonly registry: { isHere(roomId: string, participantId: string): boolean },
  ) {}

  /**
   * Resolves when the room has the change. Rejects when it could not be applied yet: retries
   * continue. `room`: the room as this node follows it.
   */
  async leave(departure: Departure, room?: LiveRoom): Promise<void> {
    const { clock } = this.context;
    this.recent.add(departure);
    clock.after(REMEMBERED, () => this.recent.delete(departure));
    try {
      await this.write(departure, room);
    } catch (error) {
      this.retry(departure);
      throw error;
    }
  }

  /** The state of the cluster may be older than its last writes. */
  again(): void {
    for (const departure of this.recent) this.retry(departure);
  }

  close(): void {
    this.closed = true;
  }

  private retry(departure: Departure): void {
    if (this.retrying.has(departure)) return;
    this.retrying.add(departure);
    const { clock, logger } = this.context;
    const { roomId, home } = departure;
    const over = () => this.closed || this.registry.isHere(roomId, home.participantId);
    const failed = (error: unknown) =>
      logger.warn(
        { meetingId: roomId, participantId: home.participantId, error: String(error) },
        'leaving not written yet',
      );
    retryUntil(() => this.write(departure), { clock, over, failed }).finally(() => this.retrying.delete(departure));
  }

  private async write({ roomId, home, reason, hidden }: Departure, room?: LiveRoom): Promise<void> {
    const { cluster, records, clock } = this.context;
    const { participantId } = home;
    const change = { type: 'participant.left', participantId, reason } as const;
    let result = await cluster.rooms.apply(roomId, change, home);
    if (result.type === 'refused' && result.reason === 'stale-epoch') {
      // An epoch lower than ours is older than the last loss: no other home has taken over since.
      const inForce = await cluster.rooms.home(roomId, participantId);
      if (inForce && inForce.epoch < home.epoch) result = await cluster.rooms.apply(roomId, change, inForce);
    }
    // A hidden participant that the room has lost still releases its home.
    if (result.type !== 'applied' && !(hidden && result.type === 'unchanged')) return;
    records.add({ type: 'participant.left', roomId, participantId, reason, at: clock.date() });
    // A room lasts as long as it has a visible participant: a hidden one neither begins nor ends a
    // room.
    if (hidden) return;
    const isEmpty = room ? await room.isEmptyAt(result.version) : !(await cluster.rooms.snapshot(roomId));
    if (isEmpty) {
      records.add({ type: 'room.ended', roomId, at: clock.date() });
    }
  }
}

/**
 * Milliseconds: a Redis with periodic snapshots may return with the state of an hour ago. About 200
 * bytes each.
 */
const REMEMBERED = 3_600_000;
