import * as z from 'zod';
import { idSchema } from './ids.js';
import { mediaKindSchema, type VideoCodec, videoCodecSchema } from './media.js';
import { storedNameSchema } from './names.js';
import { sameMetadata, storedMetadataSchema } from './participant-metadata.js';

/** The content of a producer: decides priority, tile and permission. */
export const sourceSchema = z.enum(['microphone', 'camera', 'screen', 'screen-audio']);
export type Source = z.infer<typeof sourceSchema>;

export const roleSchema = z.enum(['host', 'moderator', 'member', 'guest']);
export type Role = z.infer<typeof roleSchema>;

export const roomProducerSchema = z.object({
  id: idSchema,
  kind: mediaKindSchema,
  source: sourceSchema,
  /** Muted by its owner: the server forwards nothing. */
  paused: z.boolean(),
  /** Media node on which to subscribe (R9). */
  mediaNodeId: idSchema,
  /**
   * The producer on another media node whose stream this one continues (R10). Both exist until all
   * receivers have switched.
   */
  replaces: idSchema.optional(),
  /** Of a picture, if its codec has a name here. */
  codec: videoCodecSchema.optional(),
  /**
   * The same source is also published in another codec; this one is for receivers that cannot
   * decode the other.
   */
  alternative: z.literal(true).optional(),
});
export type RoomProducer = z.infer<typeof roomProducerSchema>;

const decodesSchema = z.array(videoCodecSchema).max(videoCodecSchema.options.length);

export const roomParticipantSchema = z.object({
  id: idSchema,
  name: storedNameSchema,
  role: roleSchema,
  avatarId: idSchema.optional(),
  /** Milliseconds since 1970. */
  joinedAt: z.number(),
  /** `reconnecting`: the socket has been closed for a second, and the grace time runs. */
  connection: z.enum(['connected', 'reconnecting']),
  /**
   * The video codecs that it decodes; left out while the servers do not know them, because it has
   * received nothing so far.
   */
  decodes: decodesSchema.optional(),
  /** Of the application; left out: none. */
  metadata: storedMetadataSchema.optional(),
  /** Milliseconds since 1970 at which it raised its hand; 0 or left out: its hand is down. */
  handRaisedAt: z.number().nonnegative().optional(),
  /**
   * Milliseconds since 1970 at which a moderator put it in the spotlight: the latest one is large
   * for all. 0 or left out: it is not.
   */
  spotlitAt: z.number().nonnegative().optional(),
  producers: z.array(roomProducerSchema),
});
export type RoomParticipant = z.infer<typeof roomParticipantSchema>;

/** The whole public state of a room (R1). */
export const roomSnapshotSchema = z.object({
  roomId: idSchema,
  version: z.number().int().nonnegative(),
  participants: z.array(roomParticipantSchema),
  /** Ids of hidden participants, in the order of joining; left out: there are none. */
  observers: z.array(idSchema).optional(),
  /**
   * By id of an observer: its decodable codecs, as of a participant; left out while unknown for all
   * of them.
   */
  observerDecodes: z.record(idSchema, decodesSchema).optional(),
});
export type RoomSnapshot = z.infer<typeof roomSnapshotSchema>;

export const leaveReasonSchema = z.enum([
  'left',
  'connection-lost',
  'kicked',
  'replaced',
  'node-lost',
  'room-closed',
  'waiting-room',
]);
export type LeaveReason = z.infer<typeof leaveReasonSchema>;

/** One change of a room. Applied to the snapshot of version n it gives version n + 1. */
export const roomChangeSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('participant.joined'), participant: roomParticipantSchema }),
  z.object({
    type: z.literal('participant.updated'),
    participantId: idSchema,
    name: storedNameSchema.optional(),
    role: roleSchema.optional(),
    connection: roomParticipantSchema.shape.connection.optional(),
    decodes: roomParticipantSchema.shape.decodes,
    /** All of it from now on. */
    metadata: roomParticipantSchema.shape.metadata,
    handRaisedAt: roomParticipantSchema.shape.handRaisedAt,
    spotlitAt: roomParticipantSchema.shape.spotlitAt,
  }),
  /** Also of an observer. */
  z.object({ type: z.literal('participant.left'), participantId: idSchema, reason: leaveReasonSchema }),
  /**
   * A hidden participant hears and sees the call from now on; the event does not identify the
   * person. Emitted again when its decodable codecs become known.
   */
  z.object({ type: z.literal('observer.joined'), participantId: idSchema, decodes: decodesSchema.optional() }),
  z.object({ type: z.literal('producer.added'), participantId: idSchema, producer: roomProducerSchema }),
  z.object({ type: z.literal('producer.updated'), participantId: idSchema, producerId: idSchema, paused: z.boolean() }),
  z.object({ type: z.literal('producer.removed'), participantId: idSchema, producerId: idSchema }),
]);
export type RoomChange = z.infer<typeof roomChangeSchema>;

export const roomEventSchema = z.object({
  roomId: idSchema,
  /** The version of the room after this change. */
  version: z.number().int().positive(),
  change: roomChangeSchema,
});
export type RoomEvent = z.infer<typeof roomEventSchema>;

/**
 * The snapshot after a change, without modifying the old one. Returns undefined for a change
 * without news (a participant who is already present, a producer that is already removed): it takes
 * no version (R2: each receiver is notified once).
 */
export function applyRoomChange(room: RoomSnapshot, change: RoomChange): RoomSnapshot | undefined {
  const observing = changedObservers(room, change);
  const participants = observing ? room.participants : changedParticipants(room, change);
  if (!participants) return undefined;
  const next = { roomId: room.roomId, version: room.version + 1, participants };
  return { ...next, ...(observing ?? observingOf(room.observers, room.observerDecodes)) };
}

type Observing = Pick<RoomSnapshot, 'observers' | 'observerDecodes'>;

/** The form in a snapshot: empty fields are left out. */
export function observingOf(observers: string[] = [], decodes: Record<string, VideoCodec[]> = {}): Observing {
  return {
    ...(observers.length > 0 && { observers }),
    ...(Object.keys(decodes).length > 0 && { observerDecodes: decodes }),
  };
}

/** Undefined: the change is not about an observer, or carries no news. */
function changedObservers(room: RoomSnapshot, change: RoomChange): Observing | undefined {
  const { participants, observers = [], observerDecodes = {} } = room;
  if (change.type === 'participant.left') {
    const others = observers.filter((id) => id !== change.participantId);
    const { [change.participantId]: _, ...decodes } = observerDecodes;
    return others.length === observers.length ? undefined : observingOf(others, decodes);
  }
  if (change.type !== 'observer.joined') return undefined;
  const { participantId, decodes } = change;
  if (participants.some(({ id }) => id === participantId)) return undefined;
  const isKnown = observers.includes(participantId);
  if (isKnown && (!decodes || sameCodecs(decodes, observerDecodes[participantId]))) return undefined;
  return observingOf(
    isKnown ? observers : [...observers, participantId],
    decodes ? { ...observerDecodes, [participantId]: decodes } : observerDecodes,
  );
}

function changedParticipants(
  { participants, observers = [] }: RoomSnapshot,
  change: RoomChange,
): RoomParticipant[] | undefined {
  if (change.type === 'observer.joined') return undefined;
  if (change.type === 'participant.joined') {
    // A hidden participant stays hidden.
    const { id } = change.participant;
    const known = participants.some((participant) => participant.id === id) || observers.includes(id);
    return known ? undefined : [...participants, change.participant];
  }
  const index = participants.findIndex((participant) => participant.id === change.participantId);
  const participant = participants[index];
  if (!participant) return undefined;
  if (change.type === 'participant.left') return participants.filter((other) => other !== participant);
  const changed = changedParticipant(participant, change);
  return changed && participants.with(index, changed);
}

function changedParticipant(
  participant: RoomParticipant,
  change: Exclude<RoomChange, { type: 'participant.joined' | 'participant.left' | 'observer.joined' }>,
): RoomParticipant | undefined {
  switch (change.type) {
    case 'participant.updated': {
      const next = {
        ...participant,
        name: change.name ?? participant.name,
        role: change.role ?? participant.role,
        connection: change.connection ?? participant.connection,
        ...(change.decodes && { decodes: change.decodes }),
        ...(change.metadata && { metadata: change.metadata }),
        ...(change.handRaisedAt !== undefined && { handRaisedAt: change.handRaisedAt }),
        ...(change.spotlitAt !== undefined && { spotlitAt: change.spotlitAt }),
      };
      const same =
        next.name === participant.name &&
        next.role === participant.role &&
        next.connection === participant.connection &&
        next.handRaisedAt === participant.handRaisedAt &&
        next.spotlitAt === participant.spotlitAt &&
        sameCodecs(next.decodes, participant.decodes) &&
        sameMetadata(next.metadata, participant.metadata);
      return same ? undefined : next;
    }
    case 'producer.added': {
      if (participant.producers.some((producer) => producer.id === change.producer.id)) return undefined;
      return { ...participant, producers: [...participant.producers, change.producer] };
    }
    case 'producer.updated': {
      const index = participant.producers.findIndex((producer) => producer.id === change.producerId);
      const producer = participant.producers[index];
      if (!producer || producer.paused === change.paused) return undefined;
      return { ...participant, producers: participant.producers.with(index, { ...producer, paused: change.paused }) };
    }
    case 'producer.removed': {
      const producers = participant.producers.filter((producer) => producer.id !== change.producerId);
      return producers.length === participant.producers.length ? undefined : { ...participant, producers };
    }
  }
}

/** Whether two lists of decodable codecs are equal; their order has no meaning. */
export function sameCodecs(one: readonly VideoCodec[] | undefined, other: readonly VideoCodec[] | undefined): boolean {
  if (!one || !other) return one === other;
  return one.length === other.length && one.every((codec) => other.includes(codec));
}

/** What a participant shows besides its media. */
export type ParticipantMarks = Pick<RoomParticipant, 'handRaisedAt' | 'spotlitAt'>;

/** The marks in `to` that differ; undefined: none does. */
export function changedMarks(from: ParticipantMarks, to: ParticipantMarks): ParticipantMarks | undefined {
  const { handRaisedAt = 0, spotlitAt = 0 } = to;
  const changed = {
    ...(handRaisedAt !== (from.handRaisedAt ?? 0) && { handRaisedAt }),
    ...(spotlitAt !== (from.spotlitAt ?? 0) && { spotlitAt }),
  };
  return Object.keys(changed).length > 0 ? changed : undefined;
}

/** The participant in the spotlight: the one that was put there last. */
export function spotlitOf(participants: readonly RoomParticipant[]): RoomParticipant | undefined {
  let found: RoomParticipant | undefined;
  for (const one of participants) if ((one.spotlitAt ?? 0) > (found?.spotlitAt ?? 0)) found = one;
  return found;
}
