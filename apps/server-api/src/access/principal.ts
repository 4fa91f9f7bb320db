/** The principal, as the Authorization header identifies it. */
export type Principal =
  | { type: 'anonymous' }
  | { type: 'user'; userId: string; sessionId: string; signedInAt: Date }
  /** Another back end. The things that it creates belong to `owner`. */
  | { type: 'api-key'; apiKeyId: string; owner: string }
  /** Holds the host token of this meeting. */
  | { type: 'host-token'; token: string; meetingId: string }
  /** A participant in the call of one meeting, identified by the resume token. */
  | {
      type: 'participant';
      participantId: string;
      meetingId: string;
      /** Of the meeting: the main room, or a breakout room. */
      roomId: string;
      userId: string | null;
      role: ParticipantRole;
    };

export type ParticipantRole = 'host' | 'moderator' | 'member' | 'guest';

export const anonymous: Principal = { type: 'anonymous' };

/** The user behind it, if any. */
export function userIdOf(principal: Principal): string | undefined {
  if (principal.type === 'user') return principal.userId;
  return principal.type === 'participant' ? (principal.userId ?? undefined) : undefined;
}

/** The owner of the things that the principal creates; undefined: they have none. */
export function ownerOf(principal: Principal): string | undefined {
  if (principal.type === 'api-key') return principal.owner;
  return principal.type === 'user' ? ownerOfUser(principal.userId) : undefined;
}

export function ownerOfUser(userId: string): string {
  return `user:${userId}`;
}

/** The user of an owner; null: a key of the settings. */
export function userOfOwner(owner: string): string | null {
  const prefix = ownerOfUser('');
  return owner.startsWith(prefix) ? owner.slice(prefix.length) : null;
}

export function ownerOfKey(apiKeyId: string): string {
  return `key:${apiKeyId}`;
}
