/** Who asks, as the Authorization header shows it. */
export type Principal =
  | { type: 'anonymous' }
  | { type: 'user'; userId: string; sessionId: string; signedInAt: Date }
  /** Another back end. What it makes belongs to `owner`. */
  | { type: 'api-key'; apiKeyId: string; owner: string }
  /** Holds the host token of this meeting. */
  | { type: 'host-token'; token: string; meetingId: string }
  /** Somebody in the call of one meeting, shown by the resume token. */
  | { type: 'participant'; participantId: string; meetingId: string; userId: string | null; role: ParticipantRole };

export type ParticipantRole = 'host' | 'moderator' | 'member' | 'guest';

export const anonymous: Principal = { type: 'anonymous' };

/** The user behind it, if any. */
export function userIdOf(principal: Principal): string | undefined {
  if (principal.type === 'user') return principal.userId;
  return principal.type === 'participant' ? (principal.userId ?? undefined) : undefined;
}

/** To whom what is made belongs; undefined: to nobody. */
export function ownerOf(principal: Principal): string | undefined {
  if (principal.type === 'api-key') return principal.owner;
  return principal.type === 'user' ? ownerOfUser(principal.userId) : undefined;
}

export function ownerOfUser(userId: string): string {
  return `user:${userId}`;
}

/** The user to whom an owner's things belong; null: a key of the settings. */
export function userOfOwner(owner: string): string | null {
  const prefix = ownerOfUser('');
  return owner.startsWith(prefix) ? owner.slice(prefix.length) : null;
}

export function ownerOfKey(apiKeyId: string): string {
  return `key:${apiKeyId}`;
}
