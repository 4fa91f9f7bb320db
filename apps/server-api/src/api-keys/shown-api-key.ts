import type { ApiKey } from '@waterbus/protocol';
import type { ApiKeyRow } from '../database/schema.js';

/** A key in the API: never with its secret. */
export function shownApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
