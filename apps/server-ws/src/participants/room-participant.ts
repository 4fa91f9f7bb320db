import type { RoomParticipant } from '@waterbus/protocol';
import type { ParticipantMedia } from '../media/participant/participant-media.js';
import type { ParticipantMarks } from './participant-marks.js';
import type { Identity } from './tokens.js';

/** A participant as its room shows it. `joinedAt`: milliseconds since 1970. */
export function roomParticipant(
  { sub: id, name, role, avatarId, metadata }: Identity,
  joinedAt: number,
  isConnected: boolean,
  { decodes, producers }: Pick<ParticipantMedia, 'decodes' | 'producers'>,
  marks: Pick<ParticipantMarks, 'set'>,
): RoomParticipant {
  return {
    id,
    name,
    role,
    ...(avatarId !== undefined && { avatarId }),
    joinedAt,
    connection: isConnected ? 'connected' : 'reconnecting',
    ...(decodes && { decodes }),
    ...(metadata && { metadata }),
    ...marks.set,
    producers: [...producers.values()].map(({ producer }) => producer),
  };
}
