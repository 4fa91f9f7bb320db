import type { MediaHealth } from '../adaptive/media-health.js';
import type { Call, ConnectionState } from '../api/call.js';
import type { ConnectionQuality } from '../api/participants.js';

export interface MediaConditions {
  health: MediaHealth;
  connection: ConnectionState;
  /** The servers report that none of the sent media arrive. */
  isSilent: boolean;
  /** Of this participant, by the servers' last report. */
  quality: ConnectionQuality | undefined;
  /** Whether there is a transport to receive through. */
  receives: boolean;
}

/** Whether media get through, in each direction. */
export function mediaState(conditions: MediaConditions): Call['media'] {
  const { health, connection, isSilent } = conditions;
  // Sent media may arrive although no packets come back; the servers report when they do not, while
  // they can.
  const unanswered = health.silent('send') && connection !== 'connected';
  // Media that cannot arrive yet, because the transport is still connecting, are not lost.
  const stopped = isSilent && health.hasConnected('send');
  const sending = health.lost('send') || stopped || unanswered ? 'lost' : 'ok';
  return { sending, receiving: receiving(sending, conditions) };
}

function receiving(sending: 'ok' | 'lost', { health, quality, receives }: MediaConditions): Call['media']['receiving'] {
  if (health.lost('receive') || health.silent('receive')) return health.partly('receive') ? 'partly' : 'lost';
  // Quality `lost`: the servers receive no packets from us. For a participant that sends, it
  // describes the sent media.
  const unanswered = sending === 'ok' && quality?.quality === 'lost';
  return unanswered && receives ? 'one-way' : 'ok';
}
