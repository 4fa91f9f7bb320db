import { CodedError } from '@waterbus/protocol';
import { and, eq, gt } from 'drizzle-orm';
import { newSecret, secretHash } from '../access/secrets.js';
import { mailedTokens, type UserRow, users } from '../database/schema.js';
import { known, type Language } from '../mail/language.js';
import { mailConfigured, queueMail } from '../mail/mail-queue.js';
import { mailboxTakes } from '../mail/mail-quota.js';
import { mailText } from '../mail/mail-texts.js';
import type { ApiParts } from '../parts.js';
import type { Transaction } from '../sessions/sessions.js';

export type MailedTokenPurpose = (typeof mailedTokens.$inferSelect)['purpose'];

/** Secrets sent by mail, each valid once. */
export class MailedTokens {
  readonly #parts: Pick<ApiParts, 'options' | 'clock' | 'limits'>;

  constructor(parts: Pick<ApiParts, 'options' | 'clock' | 'limits'>) {
    this.#parts = parts;
    if (mailConfigured(parts) && parts.options.publicUrl === undefined) {
      throw new Error('Mail needs the public address of the web app, which its links lead to');
    }
  }

  /**
   * Does nothing if the server sends no mail. False: several are pending or unused already, or the
   * mailbox reached its limit.
   */
  async sendVerification(transaction: Transaction, user: UserRow, page?: Language): Promise<boolean> {
    return this.#send(transaction, user, 'verify-email', page);
  }

  async sendReset(transaction: Transaction, user: UserRow, page?: Language): Promise<boolean> {
    return this.#send(transaction, user, 'reset-password', page);
  }

  /** Uses up a token, and returns its user. Rejects with `token.invalid` or `token.expired`. */
  async use(transaction: Transaction, token: string, purpose: MailedTokenPurpose): Promise<string> {
    const userId = await this.check(transaction, token, purpose);
    // The user before the token, as in the deletion of an account: two orders could deadlock.
    await transaction.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update');
    const used = await transaction
      .delete(mailedTokens)
      .where(eq(mailedTokens.hash, secretHash(token)))
      .returning({ hash: mailedTokens.hash });
    if (used.length === 0) throw new CodedError('token.invalid');
    return userId;
  }

  /** Returns and rejects as `use` does, but does not use up the token. */
  async check(transaction: Transaction, token: string, purpose: MailedTokenPurpose): Promise<string> {
    const [known] = await transaction
      .select({ userId: mailedTokens.userId, expiresAt: mailedTokens.expiresAt })
      .from(mailedTokens)
      .where(and(eq(mailedTokens.hash, secretHash(token)), eq(mailedTokens.purpose, purpose)));
    if (!known) throw new CodedError('token.invalid');
    if (known.expiresAt.getTime() <= this.#parts.clock.date()) throw new CodedError('token.expired');
    return known.userId;
  }

  /** Invalidates all tokens of this purpose sent to a user. */
  async revoke(transaction: Transaction, userId: string, purpose: MailedTokenPurpose): Promise<void> {
    await transaction
      .delete(mailedTokens)
      .where(and(eq(mailedTokens.userId, userId), eq(mailedTokens.purpose, purpose)));
  }

  /** `page`: the language of the page, for a user whose language is not known. */
  async #send(
    transaction: Transaction,
    user: UserRow,
    purpose: MailedTokenPurpose,
    page: Language | undefined,
  ): Promise<boolean> {
    if (!mailConfigured(this.#parts)) return false;
    const now = this.#parts.clock.date();
    const unused = await transaction
      .select({ hash: mailedTokens.hash })
      .from(mailedTokens)
      .where(
        and(
          eq(mailedTokens.userId, user.id),
          eq(mailedTokens.purpose, purpose),
          gt(mailedTokens.expiresAt, new Date(now)),
        ),
      );
    if (unused.length >= MOST_UNUSED) return false;
    if (!(await mailboxTakes(this.#parts.limits, purpose, user.email))) return false;
    const { secret, hash } = newSecret();
    const expiresAt = new Date(now + LIFETIMES[purpose]);
    await transaction.insert(mailedTokens).values({ hash, purpose, userId: user.id, expiresAt });
    // In the fragment, so that neither servers nor proxies see it.
    const { publicUrl, brandName } = this.#parts.options;
    const link = `${new URL(`/${purpose}`, publicUrl)}#token=${secret}`;
    const language = known(user.language) ?? page ?? 'en';
    const mail = { recipient: user.email, ...mailText(purpose, link, { language, brandName }) };
    await queueMail(transaction, mail, new Date(now));
    return true;
  }
}

/** Milliseconds. */
const LIFETIMES: Record<MailedTokenPurpose, number> = { 'verify-email': 24 * 3_600_000, 'reset-password': 3_600_000 };

/** Of one purpose at a time: mail gets lost, but repeated requests must not flood a mailbox. */
const MOST_UNUSED = 5;
