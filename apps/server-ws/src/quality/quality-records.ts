import type { Clock, DurableStreams } from '@waterbus/cluster';
import { QUALITY_RECORDS_CAPACITY, QUALITY_RECORDS_STREAM, type QualityRecord } from '@waterbus/protocol';
import type { Refusals } from '../refusals.js';
import { RecordWriter } from '../rooms/record-writer.js';

/**
 * The records of call quality, appended to a stream of their own (R12). They are dropped and counted
 * when the stream is full or unavailable for long: unlike room records they are not worth the
 * memory.
 */
export function qualityRecords(streams: DurableStreams, clock: Clock, refusals: Refusals): RecordWriter<QualityRecord> {
  return new RecordWriter({
    ...{ streams, clock, stream: QUALITY_RECORDS_STREAM, capacity: QUALITY_RECORDS_CAPACITY },
    mostWaiting: MOST_WAITING,
    dropped: ({ roomId, rows }) => refusals.count('qualityDropped', { meetingId: roomId, rows: rows.length }),
    // The room records report it.
    failed: () => {},
  });
}

/** Some 15 MB of the largest. */
const MOST_WAITING = 1000;
