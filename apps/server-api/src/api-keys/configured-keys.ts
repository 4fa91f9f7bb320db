import { and, isNull, notInArray } from 'drizzle-orm';
import { API_KEY_PREFIX } from '../access/authentication.js';
import { secretHash } from '../access/secrets.js';
import type { Queries } from '../database/database.js';
import { apiKeys } from '../database/schema.js';

/**
 * An API key of the server's settings: it belongs to no user, and its id is its name in the
 * settings.
 */
export interface ConfiguredKey {
  id: string;
  secretHash: string;
}

/**
 * Throws when a key is not `wbk_<name>_<32 characters or more>`, or two have the same name. The
 * message contains no secret.
 */
export function readConfiguredKeys(settings: { secret: string }[] = []): ConfiguredKey[] {
  const keys = settings.map(({ secret }, index) => {
    const id = CONFIGURED_KEY.exec(secret)?.[1];
    if (!id) {
      throw new Error(
        `API key ${index + 1} of the settings is not ${API_KEY_PREFIX}<name>_<32 to 128 letters, digits, - or _>, with a name of 1 to 32 small letters, digits and -`,
      );
    }
    return { id, secretHash: secretHash(secret) };
  });
  const twice = keys.find(({ id }, index) => keys.findIndex((other) => other.id === id) !== index);
  if (twice) throw new Error(`Two API keys of the settings are called ${twice.id}`);
  return keys;
}

/**
 * Makes the database contain these keys and no others without a user. A key with an unchanged name
 * keeps its data, also with a new secret. Throws when a user's key has the name.
 */
export async function storeConfiguredKeys(queries: Queries, keys: ConfiguredKey[], now: Date): Promise<void> {
  await queries.transaction(async (transaction) => {
    const ids = keys.map(({ id }) => id);
    const others = ids.length > 0 ? notInArray(apiKeys.id, ids) : undefined;
    await transaction.delete(apiKeys).where(and(isNull(apiKeys.userId), others));
    for (const { id, secretHash } of keys) {
      const stored = await transaction
        .insert(apiKeys)
        .values({ id, userId: null, name: id, secretHash, createdAt: now })
        .onConflictDoUpdate({
          target: apiKeys.id,
          set: { secretHash, expiresAt: null },
          setWhere: isNull(apiKeys.userId),
        })
        .returning({ id: apiKeys.id });
      if (stored.length === 0) throw new Error(`The API key ${id} of the settings has the name of a user's key`);
    }
  });
}

/** No `_` in the name: it ends there. */
const CONFIGURED_KEY = new RegExp(`^${API_KEY_PREFIX}([a-z0-9-]{1,32})_[\\w-]{32,128}$`);
