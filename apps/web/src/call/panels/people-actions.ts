import type { RemoteParticipant, Role } from '@waterbus/client';

export type PersonAction =
  | 'spotlight'
  | 'endSpotlight'
  | 'mute'
  | 'stopVideo'
  | 'stopScreen'
  | 'toWaitingRoom'
  | 'remove'
  | 'ban';

/**
 * This user's possible actions on a participant in the call, as the server allows them (M3);
 * actions without an effect are omitted.
 */
export function actionsOn(
  self: { role: Role; moderate: boolean },
  other: Pick<RemoteParticipant, 'role' | 'publication'>,
  spotlit = false,
): PersonAction[] {
  if (!self.moderate) return [];
  const sends = (source: 'microphone' | 'camera' | 'screen') => other.publication(source)?.muted === false;
  return [
    spotlit ? 'endSpotlight' : 'spotlight',
    ...(sends('microphone') ? (['mute'] as const) : []),
    ...(sends('camera') ? (['stopVideo'] as const) : []),
    ...(sends('screen') ? (['stopScreen'] as const) : []),
    ...(mayTurnOut(self.role, other.role) ? (['toWaitingRoom', 'remove', 'ban'] as const) : []),
  ];
}

/** M3: no participant removes the host, and moderators do not remove each other. */
function mayTurnOut(own: Role, other: Role): boolean {
  return other !== 'host' && (other !== 'moderator' || own === 'host');
}
