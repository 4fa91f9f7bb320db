import type { Clock, DurableStreams, LostParticipants } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import { ROOM_RECORDS_STREAM, type RoomRecord } from '@waterbus/protocol';
import { RecordWriter } from './record-writer.js';

/** The records of rooms that Server API must store, appended to the durable stream in order (R12). */
export class RoomRecords {
  private readonly writer: RecordWriter<RoomRecord>;

  constructor(
    streams: DurableStreams,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.writer = new RecordWriter({
      ...{ streams, clock, stream: ROOM_RECORDS_STREAM, mostWaiting: MOST_WAITING },
      dropped: ({ roomId, type }) =>
        logger.error({ meetingId: roomId, type }, 'room record dropped: the stream was unavailable for too long'),
      failed: (error, waiting) => logger.warn({ error: String(error), waiting }, 'room records cannot be appended'),
    });
  }

  add(record: RoomRecord): void {
    this.writer.add(record);
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
  flush(): Promise<void> {
    return this.writer.flush();
  }
}

/** About 200 bytes each: one hour of a busy node's joins and leaves in 20 MB. */
const MOST_WAITING = 100_000;
