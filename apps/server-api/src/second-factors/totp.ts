import { hkdfSync } from 'node:crypto';
import { CodedError, type NewTotp } from '@waterbus/protocol';
import { and, eq, isNotNull, isNull, lt } from 'drizzle-orm';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { Secret, TOTP } from 'otpauth';
import { totps, type UserRow } from '../database/schema.js';
import type { ApiParts } from '../parts.js';
import type { Transaction } from '../sessions/sessions.js';

/**
 * Authenticator apps (RFC 6238). Their secrets are encrypted with a key derived from the server's
 * secret, so that a stolen database yields no codes.
 */
export class Totps {
  readonly #parts: Pick<ApiParts, 'clock' | 'limits'>;
  readonly #key: Uint8Array;
  /** A colon would end it in the address. */
  readonly #issuer: string | undefined;

  constructor(parts: Pick<ApiParts, 'options' | 'clock' | 'limits'>) {
    this.#parts = parts;
    this.#issuer = parts.options.brandName?.replaceAll(':', ' ');
    this.#key = new Uint8Array(hkdfSync('sha256', parts.options.secret, '', 'waterbus:totp-secrets', KEY_BYTES));
  }

  /**
   * A new secret, which counts once a code of it was shown. It replaces an unconfirmed one. Rejects
   * with `second_factor.exists`.
   */
  async begin(transaction: Transaction, user: UserRow): Promise<NewTotp> {
    const secret = new Secret({ size: SECRET_BYTES });
    const row = {
      secret: await this.#encrypt(user.id, secret.base32),
      lastStep: 0,
      createdAt: new Date(this.#parts.clock.date()),
    };
    const written = await transaction
      .insert(totps)
      .values({ ...row, userId: user.id })
      .onConflictDoUpdate({ target: totps.userId, set: row, setWhere: isNull(totps.confirmedAt) })
      .returning({ userId: totps.userId });
    if (written.length === 0) throw new CodedError('second_factor.exists');
    return { secret: secret.base32, uri: totpOf(secret.base32, user.email, this.#issuer).toString() };
  }

  /**
   * Rejects with `second_factor.not_found`, `second_factor.wrong_code` or `request.rate_limited`.
   */
  async confirm(transaction: Transaction, userId: string, code: string): Promise<void> {
    const [row] = await transaction
      .select()
      .from(totps)
      .where(and(eq(totps.userId, userId), isNull(totps.confirmedAt)));
    if (!row) throw new CodedError('second_factor.not_found');
    const lastStep = await this.#stepOf(row, code);
    const confirmedAt = new Date(this.#parts.clock.date());
    await transaction.update(totps).set({ confirmedAt, lastStep }).where(eq(totps.userId, userId));
  }

  /**
   * Uses up a code. Rejects with `second_factor.wrong_code`, also for a used code, or
   * `request.rate_limited`.
   */
  async use(transaction: Transaction, userId: string, code: string): Promise<void> {
    const [row] = await transaction
      .select()
      .from(totps)
      .where(and(eq(totps.userId, userId), isNotNull(totps.confirmedAt)));
    if (!row) throw new CodedError('second_factor.wrong_code');
    const step = await this.#stepOf(row, code);
    // The condition is in the statement: of two requests with the same code, the second finds the
    // step used.
    const used = await transaction
      .update(totps)
      .set({ lastStep: step })
      .where(and(eq(totps.userId, userId), lt(totps.lastStep, step)))
      .returning({ userId: totps.userId });
    if (used.length === 0) throw new CodedError('second_factor.wrong_code');
  }

  /** Whether codes can be checked. Not if `SECRET` differs from the one used for the encryption. */
  async readable(row: typeof totps.$inferSelect): Promise<boolean> {
    return (await this.#decrypt(row)) !== undefined;
  }

  /** The time step of a code that is valid now. */
  async #stepOf(row: typeof totps.$inferSelect, code: string): Promise<number> {
    await this.#parts.limits.countBy('secondFactor', row.userId);
    const secret = await this.#decrypt(row);
    const timestamp = this.#parts.clock.date();
    const delta = secret === undefined ? null : totpOf(secret).validate({ token: code, timestamp, window: WINDOW });
    if (delta === null) throw new CodedError('second_factor.wrong_code');
    return Math.floor(timestamp / (PERIOD * 1000)) + delta;
  }

  async #encrypt(userId: string, secret: string): Promise<string> {
    return new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ userId, secret })))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(this.#key);
  }

  /** Undefined: encrypted with another key, or moved here from another user's row. */
  async #decrypt({ userId, secret }: typeof totps.$inferSelect): Promise<string | undefined> {
    try {
      const { plaintext } = await compactDecrypt(secret, this.#key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      const content = JSON.parse(new TextDecoder().decode(plaintext));
      return content.userId === userId ? content.secret : undefined;
    } catch {
      return undefined;
    }
  }
}

/** With the parameters that every authenticator app supports (SHA-1, 6 digits, 30 s). */
function totpOf(secret: string, label = '', issuer = 'Waterbus'): TOTP {
  return new TOTP({ issuer, label, secret, algorithm: 'SHA1', digits: 6, period: PERIOD });
}

/** Seconds. */
const PERIOD = 30;

/**
 * Time steps before and after now (RFC 6238 section 5.2): clocks differ, and people type slowly.
 */
const WINDOW = 1;

/** As long as the hash's output (RFC 4226 section 4, R6). */
const SECRET_BYTES = 20;

/** For AES-256. */
const KEY_BYTES = 32;
