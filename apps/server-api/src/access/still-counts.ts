import { CodedError } from '@waterbus/protocol';
import { and, eq, exists, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { apiKeys, sessions, users } from '../database/schema.js';
import { statement } from '../database/statement.js';
import type { Principal } from './principal.js';

/**
 * Checks again, inside the transaction that issues another credential, that the credential of the
 * request still counts, and locks it until the end: a transaction that ends all credentials of a
 * user waits, and then finds the new one as well. Rejects with `token.invalid`.
 */
export async function stillCounts(transaction: Pick<Queries, '_'>, principal: Principal): Promise<void> {
  if (principal.type !== 'user' && principal.type !== 'api-key') return;
  const rows =
    principal.type === 'user'
      ? await heldSession(transaction, { id: principal.sessionId })
      : await heldApiKey(transaction, { id: principal.apiKeyId });
  if (rows.length === 0) throw new CodedError('token.invalid');
}

/**
 * The same for a statement that consists of several (`with`): a row exists if the credential still
 * counts. `id`: of the session or the API key.
 */
export function heldCredential(queries: Queries, type: Principal['type'], id: SQL): SQL {
  if (type === 'user') return lockedSession(queries, id).getSQL();
  return type === 'api-key' ? lockedApiKey(queries, id).getSQL() : sql`select 1`;
}

/** Null: the principal has none that could end. */
export function credentialId(principal: Principal): string | null {
  if (principal.type === 'user') return principal.sessionId;
  return principal.type === 'api-key' ? principal.apiKeyId : null;
}

function lockedSession(queries: Queries, id: SQL) {
  return queries.select({ id: sessions.id }).from(sessions).where(eq(sessions.id, id)).for('key share');
}

/** The user's row before the key's, in the common lock order: disabling the user waits. */
function lockedApiKey(queries: Queries, id: SQL) {
  const enabled = queries
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, apiKeys.userId), isNull(users.disabledAt)))
    .for('key share');
  return queries
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.id, id), or(isNull(apiKeys.userId), exists(enabled))))
    .for('key share');
}

const heldSession = statement<{ id: string }, { id: string }[]>((queries, value) =>
  lockedSession(queries, value('id')),
);
const heldApiKey = statement<{ id: string }, { id: string }[]>((queries, value) => lockedApiKey(queries, value('id')));
