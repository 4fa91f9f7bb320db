import { setImmediate } from 'node:timers/promises';
import type { Cluster, StreamEntry } from '@waterbus/cluster';
import {
  breakoutOfRoom,
  meetingOfRoom,
  ROOM_RECORDS_GROUP,
  ROOM_RECORDS_STREAM,
  type RoomRecord,
  roomRecordSchema,
} from '@waterbus/protocol';
import type { FastifyBaseLogger } from 'fastify';
import { z } from 'zod';
import type { ParticipantRepository } from './participant-repository.js';

/**
 * Stores the records of rooms (R12). The stream delivers a failed entry again. The returned
 * function stops it once all delivered entries are stored and, in embedded mode, all earlier
 * appended ones.
 */
export async function storeRoomRecords(
  cluster: Cluster,
  participants: ParticipantRepository,
  log: FastifyBaseLogger,
): Promise<() => Promise<void>> {
  let inFlight: Promise<void> | undefined;
  const stop = await cluster.streams.consume(ROOM_RECORDS_STREAM, ROOM_RECORDS_GROUP, (entry) => {
    inFlight = storeEntry(participants, entry, log);
    return inFlight;
  });
  return async () => {
    // An in-process stream delivers the next entry within microtasks; without a new one after a
    // turn of the event loop it is empty.
    for (let last: Promise<void> | undefined; inFlight !== last; await setImmediate()) {
      last = inFlight;
      await last?.catch(() => {});
    }
    stop();
  };
}

async function storeEntry(
  participants: ParticipantRepository,
  entry: StreamEntry,
  log: FastifyBaseLogger,
): Promise<void> {
  const record = readRecord(entry);
  if (!record) {
    // It would be invalid the next time too, and would block all later entries for ever.
    log.error({ entryId: entry.id }, 'an invalid room record is dropped');
    return;
  }
  try {
    if (!(await store(participants, record))) {
      log.warn({ entryId: entry.id, meetingId: record.roomId }, 'a room record of an unknown meeting is dropped');
    }
  } catch (error) {
    log.error({ err: error, entryId: entry.id }, 'storing a room record failed; it is retried');
    throw error;
  }
}

async function store(participants: ParticipantRepository, record: RoomRecord): Promise<boolean> {
  const at = new Date(record.at);
  const room = { meetingId: meetingOfRoom(record.roomId), breakoutId: breakoutOfRoom(record.roomId) ?? null };
  switch (record.type) {
    case 'participant.joined':
      return participants.joined({
        id: record.participantId,
        ...room,
        name: record.name,
        role: record.role,
        hidden: record.hidden,
        nodeId: record.nodeId,
        joinedAt: at,
      });
    case 'participant.left':
      await participants.left(room, record.participantId, at, record.reason);
      return true;
    case 'room.ended':
      await participants.roomEnded(room, at);
      return true;
  }
}

function readRecord(entry: StreamEntry): RoomRecord | undefined {
  const parsed = roomRecordSchema.safeParse(entry.body);
  if (!parsed.success) return undefined;
  const { roomId, at } = parsed.data;
  return z.uuid().safeParse(meetingOfRoom(roomId)).success && Math.abs(at) <= LAST_DATE ? parsed.data : undefined;
}

/** Milliseconds since 1970: the year 9999, which both PostgreSQL and ISO 8601 can represent. */
const LAST_DATE = Date.UTC(9999, 0, 1);
