import { sessions } from '../database/schema.js';
import type { Principal } from './principal.js';

/** Columns of a session that make its principal. */
export const sessionOfUser = {
  id: sessions.id,
  userId: sessions.userId,
  createdAt: sessions.createdAt,
  confirmedAt: sessions.confirmedAt,
};

export type SessionOfUser = { id: string; userId: string; createdAt: Date; confirmedAt: Date | null };

export function userOfSession({ id, userId, createdAt, confirmedAt }: SessionOfUser): Principal {
  return { type: 'user', userId, sessionId: id, signedInAt: confirmedAt ?? createdAt };
}
