import {
  changedMarks,
  type RoomChange,
  type RoomParticipant,
  type RoomProducer,
  type RoomSnapshot,
  sameCodecs,
  sameMetadata,
} from '@waterbus/protocol';

/** The changes that lead from one snapshot to another, as if an event had reported each. */
export function differences(from: RoomSnapshot, to: RoomSnapshot): RoomChange[] {
  const before = new Map(from.participants.map((participant) => [participant.id, participant]));
  const after = new Set(to.participants.map((participant) => participant.id));
  const changes: RoomChange[] = [];
  for (const { id } of from.participants) {
    // The missed event held the reason why the participant left.
    if (!after.has(id)) changes.push({ type: 'participant.left', participantId: id, reason: 'left' });
  }
  const { observers: observed = [] } = from;
  const { observers = [] } = to;
  for (const id of observed) {
    if (!observers.includes(id)) changes.push({ type: 'participant.left', participantId: id, reason: 'left' });
  }
  for (const participantId of observers) {
    const decodes = to.observerDecodes?.[participantId];
    const isNews = decodes !== undefined && !sameCodecs(from.observerDecodes?.[participantId], decodes);
    if (observed.includes(participantId) && !isNews) continue;
    changes.push({ type: 'observer.joined', participantId, ...(decodes && { decodes }) });
  }
  for (const participant of to.participants) {
    const known = before.get(participant.id);
    if (known) changes.push(...participantDifferences(known, participant));
    else changes.push({ type: 'participant.joined', participant });
  }
  return changes;
}

function participantDifferences(from: RoomParticipant, to: RoomParticipant): RoomChange[] {
  const participantId = to.id;
  const changes: RoomChange[] = [];
  const decodes = sameCodecs(from.decodes, to.decodes) ? undefined : to.decodes;
  const metadata = sameMetadata(from.metadata, to.metadata) ? undefined : { metadata: to.metadata ?? {} };
  const more = { ...(decodes && { decodes }), ...changedMarks(from, to), ...metadata };
  const { name, role, connection } = to;
  if (from.name !== name || from.role !== role || from.connection !== connection || Object.keys(more).length > 0) {
    changes.push({ type: 'participant.updated', participantId, name, role, connection, ...more });
  }
  const before = new Map(from.producers.map((producer) => [producer.id, producer]));
  const after = new Map(to.producers.map((producer) => [producer.id, producer]));
  // A producer that carries on a stream is added before the replaced one is removed: the stream
  // continues.
  for (const producer of to.producers) {
    if (producer.replaces !== undefined && !before.has(producer.id)) {
      changes.push({ type: 'producer.added', participantId, producer });
    }
  }
  for (const producer of from.producers) {
    const now = after.get(producer.id);
    if (!now || moved(producer, now))
      changes.push({ type: 'producer.removed', participantId, producerId: producer.id });
  }
  for (const producer of to.producers) {
    const known = before.get(producer.id);
    if (!known && producer.replaces !== undefined) continue;
    if (!known || moved(known, producer)) {
      changes.push({ type: 'producer.added', participantId, producer });
    } else if (known.paused !== producer.paused) {
      changes.push({ type: 'producer.updated', participantId, producerId: producer.id, paused: producer.paused });
    }
  }
  return changes;
}

function moved(from: RoomProducer, to: RoomProducer): boolean {
  return from.mediaNodeId !== to.mediaNodeId || from.source !== to.source || from.kind !== to.kind;
}
