import { eq } from 'drizzle-orm';
import { apiKeys, identities, mailedTokens, passkeys, sessions, totps } from '../database/schema.js';
import { type ExportedParts, listed } from './exported-rows.js';

/** The ways of a user to sign in, and the sign-ins. Without secrets and their hashes. */
export const credentials: ExportedParts<'sessions' | 'identities' | 'passkeys' | 'totps' | 'mailedTokens' | 'apiKeys'> =
  {
    sessions: (queries, userId) =>
      listed(
        queries
          .select({
            id: sessions.id,
            userAgent: sessions.userAgent,
            createdAt: sessions.createdAt,
            lastUsedAt: sessions.lastUsedAt,
            expiresAt: sessions.expiresAt,
          })
          .from(sessions)
          .where(eq(sessions.userId, userId)),
      ),
    identities: (queries, userId) =>
      listed(
        queries
          .select({ issuer: identities.issuer, subject: identities.subject, createdAt: identities.createdAt })
          .from(identities)
          .where(eq(identities.userId, userId)),
      ),
    passkeys: (queries, userId) =>
      listed(
        queries
          .select({
            id: passkeys.id,
            name: passkeys.name,
            backedUp: passkeys.backedUp,
            createdAt: passkeys.createdAt,
            lastUsedAt: passkeys.lastUsedAt,
          })
          .from(passkeys)
          .where(eq(passkeys.userId, userId)),
      ),
    totps: (queries, userId) =>
      listed(
        queries
          .select({ createdAt: totps.createdAt, confirmedAt: totps.confirmedAt })
          .from(totps)
          .where(eq(totps.userId, userId)),
      ),
    mailedTokens: (queries, userId) =>
      listed(
        queries
          .select({ purpose: mailedTokens.purpose, expiresAt: mailedTokens.expiresAt })
          .from(mailedTokens)
          .where(eq(mailedTokens.userId, userId)),
      ),
    apiKeys: (queries, userId) =>
      listed(
        queries
          .select({
            id: apiKeys.id,
            name: apiKeys.name,
            createdAt: apiKeys.createdAt,
            expiresAt: apiKeys.expiresAt,
            lastUsedAt: apiKeys.lastUsedAt,
          })
          .from(apiKeys)
          .where(eq(apiKeys.userId, userId)),
      ),
  };
