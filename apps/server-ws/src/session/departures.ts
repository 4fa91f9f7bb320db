import type { Clock, Cluster, Home } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import type { LeaveReason } from '@waterbus/protocol';
import { insist } from '../insist.js';
import type { RoomRecords } from '../room/room-records.js';

export interface Departure {
  roomId: string;
  /** With which the participant was at home here. */
  home: Home;
  reason: LeaveReason;
  hidden: boolean;
}

/**
 * Whoever leaves from here, told to the rooms. What cannot be told now is told later, and what was told lately is told again when the cluster may have
 * lost it (R6): nobody is left to do it, so a ghost would stay.
 */
export class Departures {
  private readonly lately = new Set<Departure>();
  private readonly owed = new Set<Departure>();
  private closed = false;

  constructor(
    private readonly surroundings: {
      cluster: Cluster;
      clock: Clock;
      records: RoomRecords;
      logger: Logger;
      /** Whether the participant has come back to this node. */
      isHere(participantId: string): boolean;
    },
  ) {}

  /** Resolves when the room was told. Rejects when it could not be told yet: that goes on then. */
  async leave(departure: Departure): Promise<void> {
    const { clock } = this.surroundings;
    this.lately.add(departure);
    clock.after(REMEMBERED, () => this.lately.delete(departure));
    try {
      await this.tell(departure);
    } catch (error) {
      this.insist(departure);
      throw error;
    }
  }

  /** What the cluster holds may be older than what it was told. */
  again(): void {
    for (const departure of this.lately) this.insist(departure);
  }

  close(): void {
    this.closed = true;
  }

  private insist(departure: Departure): void {
    if (this.owed.has(departure)) return;
    this.owed.add(departure);
    const { clock, logger, isHere } = this.surroundings;
    const { roomId, home } = departure;
    const over = () => this.closed || isHere(home.participantId);
    const failed = (error: unknown) =>
      logger.warn({ roomId, participantId: home.participantId, error: String(error) }, 'leaving not told yet');
    insist(() => this.tell(departure), { clock, over, failed }).finally(() => this.owed.delete(departure));
  }

  private async tell({ roomId, home, reason, hidden }: Departure): Promise<void> {
    const { cluster, records, clock } = this.surroundings;
    const { participantId } = home;
    const change = { type: 'participant.left', participantId, reason } as const;
    let result = await cluster.rooms.apply(roomId, change, home);
    if (result.type === 'refused' && result.reason === 'stale-epoch') {
      // An epoch that is lower than ours is from before the last thing that was lost: nobody has taken over since.
      const inForce = await cluster.rooms.home(roomId, participantId);
      if (inForce && inForce.epoch < home.epoch) result = await cluster.rooms.apply(roomId, change, inForce);
    }
    // A hidden one that the room has lost still gives its home back.
    if (result.type !== 'applied' && !(hidden && result.type === 'unchanged')) return;
    records.add({ type: 'participant.left', roomId, participantId, reason, at: clock.date() });
    // A room lasts as long as there is somebody to be seen: who is hidden neither begins nor ends one.
    if (!hidden && !(await cluster.rooms.snapshot(roomId))) {
      records.add({ type: 'room.ended', roomId, at: clock.date() });
    }
  }
}

/** Milliseconds: a Redis that saves now and then may come back as it was an hour ago. About 200 bytes each. */
const REMEMBERED = 3_600_000;
