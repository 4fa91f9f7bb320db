import { eq } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type UserRow, users } from '../database/schema.js';
import type { Principal } from './principal.js';

type Account = Pick<UserRow, 'id' | 'email' | 'emailVerifiedAt'>;

/**
 * The accounts that the setting `ADMINS` names, by address or id. An address counts once the
 * account has verified it: before that, anybody may have registered it. An id counts always.
 */
export class Administrators {
  readonly #names: ReadonlySet<string>;

  constructor(names: readonly string[] = []) {
    this.#names = new Set(names);
  }

  include({ id, email, emailVerifiedAt }: Account): boolean {
    return this.#names.has(id) || (emailVerifiedAt !== null && this.#names.has(email));
  }

  /**
   * Whether the request comes from an administrator's session. API keys and places in calls of an
   * administrator do not count. Read at each use (R7).
   */
  async has(queries: Pick<Queries, 'select'>, principal: Principal): Promise<boolean> {
    if (this.#names.size === 0 || principal.type !== 'user') return false;
    const [user] = await queries
      .select({ id: users.id, email: users.email, emailVerifiedAt: users.emailVerifiedAt })
      .from(users)
      .where(eq(users.id, principal.userId));
    return user !== undefined && this.include(user);
  }
}
