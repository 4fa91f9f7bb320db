import type { RemoteParticipant, Role } from '@waterbus/client';

export type PersonAction = 'mute' | 'stopVideo' | 'stopScreen' | 'toWaitingRoom' | 'remove' | 'ban';

/** What this user may do to somebody in the call now, as the server allows it (M3); what would change nothing is left out. */
export function actionsOn(
  self: { role: Role; moderate: boolean },
  other: Pick<RemoteParticipant, 'role' | 'publication'>,
): PersonAction[] {
  if (!self.moderate) return [];
  const sends = (source: 'microphone' | 'camera' | 'screen') => other.publication(source)?.muted === false;
  return [
    ...(sends('microphone') ? (['mute'] as const) : []),
    ...(sends('camera') ? (['stopVideo'] as const) : []),
    ...(sends('screen') ? (['stopScreen'] as const) : []),
    ...(mayTurnOut(self.role, other.role) ? (['toWaitingRoom', 'remove', 'ban'] as const) : []),
  ];
}

/** M3: nobody turns the host out, and moderators do not do so to each other. */
function mayTurnOut(own: Role, other: Role): boolean {
  return other !== 'host' && (other !== 'moderator' || own === 'host');
}
