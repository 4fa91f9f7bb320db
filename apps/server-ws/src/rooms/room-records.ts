import type { Clock, DurableStreams, LostParticipants } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import { ROOM_RECORDS_STREAM, type RoomRecord } from '@waterbus/protocol';

/**
 * The records of rooms that Server API must store, appended to the durable stream in order (R12).
 * Kept and retried while the stream is unreachable.
 */
export class RoomRecords {
  private readonly waiting: RoomRecord[] = [];
  private busy = false;
  private written: Promise<void> = Promise.resolve();

  constructor(
    private readonly streams: DurableStreams,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  add(record: RoomRecord): void {
    if (this.waiting.length >= MOST_WAITING) {
      this.logger.error(
        { meetingId: record.roomId, type: record.type },
        'room record dropped: the stream was unavailable for too long',
      );
      return;
    }
    this.waiting.push(record);
    this.write();
  }

  /** Participants at home on a node that is lost. */
  addLost(rooms: readonly LostParticipants[]): void {
    const at = this.clock.date();
    for (const { roomId, participantIds, ended } of rooms) {
      for (const participantId of participantIds) {
        this.add({ type: 'participant.left', roomId, participantId, reason: 'node-lost', at });
      }
      if (ended) this.add({ type: 'room.ended', roomId, at });
    }
  }

  /** Resolves when all added records are in the stream, or cannot be appended for now. */
  async flush(): Promise<void> {
    await this.written;
  }

  private write(): void {
    if (this.busy) return;
    this.busy = true;
    this.written = this.append();
  }

  private async append(): Promise<void> {
    for (let record = this.waiting[0]; record; record = this.waiting[0]) {
      try {
        await this.streams.append(ROOM_RECORDS_STREAM, record);
        this.waiting.shift();
      } catch (error) {
        this.logger.warn({ error: String(error), waiting: this.waiting.length }, 'room records cannot be appended');
        this.clock.after(RETRY_DELAY, () => this.write());
        break;
      }
    }
    this.busy = false;
  }
}

/** About 200 bytes each: one hour of a busy node's joins and leaves in 20 MB. */
const MOST_WAITING = 100_000;
/** Milliseconds. */
const RETRY_DELAY = 1000;
