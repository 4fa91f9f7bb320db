import { CodedError } from '@waterbus/protocol';
import { and, desc, eq, gt, inArray, lt, ne, sql } from 'drizzle-orm';
import { newSecret, secretHash } from '../access/secrets.js';
import { type ChallengeRow, challenges } from '../database/schema.js';
import type { ApiParts } from '../parts.js';
import type { Transaction } from '../sessions/sessions.js';

/**
 * The state of a sign-in between two of its steps. Valid once, for minutes, and bounded in number.
 */
export class Challenges {
  readonly #parts: Pick<ApiParts, 'clock'>;

  constructor(parts: Pick<ApiParts, 'clock'>) {
    this.#parts = parts;
  }

  /** `userId` null: any user may answer. `value`: the challenge that an authenticator signs. */
  async create(
    transaction: Transaction,
    challenge: { purpose: ChallengeRow['purpose']; userId: string | null; value?: string },
  ): Promise<{ token: string; expiresIn: number }> {
    const now = this.#parts.clock.date();
    const { secret: token, hash } = newSecret();
    const expiresAt = new Date(now + LIFETIME * 1000);
    await transaction.insert(challenges).values({ ...challenge, hash, expiresAt });
    await this.#forgetOld(transaction, challenge.userId, hash);
    return { token, expiresIn: LIFETIME };
  }

  /** Uses a challenge up. Rejects with `token.invalid` or `token.expired`. */
  async take(transaction: Transaction, token: string, purpose: ChallengeRow['purpose']): Promise<ChallengeRow> {
    const [row] = await transaction
      .delete(challenges)
      .where(and(eq(challenges.hash, secretHash(token)), eq(challenges.purpose, purpose)))
      .returning();
    return this.#valid(row);
  }

  /** Reads one without using it up. Rejects as `take` does. */
  async look(transaction: Transaction, token: string, purpose: ChallengeRow['purpose']): Promise<ChallengeRow> {
    const [row] = await transaction
      .select()
      .from(challenges)
      .where(and(eq(challenges.hash, secretHash(token)), eq(challenges.purpose, purpose)));
    return this.#valid(row);
  }

  /**
   * Counts one attempt at a challenge before the check. Rejects as `take` does, and with
   * `token.invalid` after too many attempts.
   */
  async attempt(transaction: Transaction, token: string, purpose: ChallengeRow['purpose']): Promise<ChallengeRow> {
    const [row] = await transaction
      .update(challenges)
      .set({ attempts: sql`${challenges.attempts} + 1` })
      .where(
        and(
          eq(challenges.hash, secretHash(token)),
          eq(challenges.purpose, purpose),
          lt(challenges.attempts, MOST_ATTEMPTS),
        ),
      )
      .returning();
    return this.#valid(row);
  }

  #valid(row: ChallengeRow | undefined): ChallengeRow {
    if (!row) throw new CodedError('token.invalid');
    if (row.expiresAt.getTime() <= this.#parts.clock.date()) throw new CodedError('token.expired');
    return row;
  }

  /** Challenges without a user are bounded by their lifetime and by the limits of their routes. */
  async #forgetOld(transaction: Transaction, userId: string | null, newest: string): Promise<void> {
    const now = new Date(this.#parts.clock.date());
    const expired = transaction
      .select({ hash: challenges.hash })
      .from(challenges)
      .where(lt(challenges.expiresAt, now))
      .orderBy(challenges.expiresAt)
      .limit(EXPIRED_AT_ONCE)
      .for('update', { skipLocked: true });
    await transaction.delete(challenges).where(inArray(challenges.hash, expired));
    if (userId === null) return;
    const tooMany = transaction
      .select({ hash: challenges.hash })
      .from(challenges)
      .where(and(eq(challenges.userId, userId), ne(challenges.hash, newest), gt(challenges.expiresAt, now)))
      .orderBy(desc(challenges.expiresAt), desc(challenges.hash))
      .offset(MOST_OF_USER - 1);
    await transaction.delete(challenges).where(inArray(challenges.hash, tooMany));
  }
}

/** Seconds: it takes time to find a telephone. */
const LIFETIME = 300;

/** At the codes of one challenge; then the password is required again. */
const MOST_ATTEMPTS = 5;

/** Tabs and devices that sign in at once. */
const MOST_OF_USER = 10;

/** Rows that each new one removes: more than are added. */
const EXPIRED_AT_ONCE = 20;
