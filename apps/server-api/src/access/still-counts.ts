import { CodedError } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { apiKeys, sessions } from '../database/schema.js';
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

const heldSession = statement<{ id: string }, { id: string }[]>((queries, value) =>
  queries
    .select({ id: sessions.id })
    .from(sessions)
    .where(eq(sessions.id, value('id')))
    .for('key share'),
);

const heldApiKey = statement<{ id: string }, { id: string }[]>((queries, value) =>
  queries
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(eq(apiKeys.id, value('id')))
    .for('key share'),
);
