import { changedMarks, type RoomChange, type RoomParticipant, sameCodecs, sameMetadata } from '@waterbus/protocol';
import type { ApplyResult, AssertResult, Home, Observing, RoomStore } from './cluster.js';

/**
 * Writes the home's state of a participant into the room again (R6): joined if it is missing, else
 * each difference as a change of its own. Only the home writes for it, so between reading and
 * writing only a lost media node's producers can disappear.
 */
export async function assertParticipant(
  rooms: Pick<RoomStore, 'snapshot' | 'apply'>,
  roomId: string,
  home: Home,
  participant: RoomParticipant | Observing | undefined,
): Promise<AssertResult> {
  if (!participant) return { type: 'asserted', home };
  if ('observes' in participant) {
    const { participantId } = home;
    const { decodes } = participant;
    const joined = { type: 'observer.joined' as const, participantId, ...(decodes && { decodes }) };
    const result = await rooms.apply(roomId, joined, home);
    return result.type === 'refused' ? refused(result) : { type: 'asserted', home };
  }
  const joined = await rooms.apply(roomId, { type: 'participant.joined', participant }, home);
  if (joined.type === 'applied') return { type: 'asserted', home };
  if (joined.type === 'refused') return refused(joined);
  const snapshot = await rooms.snapshot(roomId);
  const known = snapshot?.participants.find(({ id }) => id === participant.id);
  for (const change of known ? differences(known, participant) : []) {
    const result = await rooms.apply(roomId, change, home);
    if (result.type === 'refused') return refused(result);
  }
  return { type: 'asserted', home };
}

function differences(known: RoomParticipant, wanted: RoomParticipant): RoomChange[] {
  const participantId = wanted.id;
  const changes: RoomChange[] = [];
  const { name, role, connection } = wanted;
  const decodes = sameCodecs(wanted.decodes, known.decodes) ? undefined : wanted.decodes;
  const metadata = sameMetadata(wanted.metadata, known.metadata) ? undefined : { metadata: wanted.metadata ?? {} };
  const more = { ...(decodes && { decodes }), ...changedMarks(known, wanted), ...metadata };
  if (name !== known.name || role !== known.role || connection !== known.connection || Object.keys(more).length > 0) {
    changes.push({ type: 'participant.updated', participantId, name, role, connection, ...more });
  }
  for (const producer of known.producers) {
    const kept = wanted.producers.find(({ id }) => id === producer.id);
    if (!kept) changes.push({ type: 'producer.removed', participantId, producerId: producer.id });
    else if (kept.paused !== producer.paused) {
      changes.push({ type: 'producer.updated', participantId, producerId: producer.id, paused: kept.paused });
    }
  }
  for (const producer of wanted.producers) {
    if (!known.producers.some(({ id }) => id === producer.id)) {
      changes.push({ type: 'producer.added', participantId, producer });
    }
  }
  return changes;
}

/** A participant whose home has disappeared since the claim was taken over or removed meanwhile. */
function refused(result: ApplyResult & { type: 'refused' }): AssertResult {
  return { type: 'refused', reason: result.reason === 'full' ? 'full' : 'stale-epoch' };
}
