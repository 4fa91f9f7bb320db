import { CodedError, type SecondFactorMethod } from '@waterbus/protocol';
import { asc, count, eq } from 'drizzle-orm';
import { type PasskeyRow, passkeys, recoveryCodes, totps } from '../database/schema.js';
import type { ApiParts } from '../parts.js';
import type { Transaction } from '../sessions/sessions.js';
import { replaceRecoveryCodes, useRecoveryCode } from './recovery-codes.js';
import { Totps } from './totp.js';

export interface FactorsOfUser {
  /** A confirmed app. */
  totp: boolean;
  passkeys: PasskeyRow[];
  recoveryCodesLeft: number;
  /** The methods that can continue a sign-in; empty: it needs no second factor. */
  methods: SecondFactorMethod[];
}

/**
 * The second factors of users. A user with an authenticator app, a passkey, or remaining recovery
 * codes, signs in with one of them besides the password or the identity provider. A passkey alone
 * is two factors: the device, and the way to unlock it.
 */
export class SecondFactors {
  readonly totps: Totps;

  constructor(parts: Pick<ApiParts, 'options' | 'clock' | 'limits'>) {
    this.totps = new Totps(parts);
  }

  async of(transaction: Transaction, userId: string): Promise<FactorsOfUser> {
    const [app] = await transaction.select().from(totps).where(eq(totps.userId, userId));
    const keys = await transaction
      .select()
      .from(passkeys)
      .where(eq(passkeys.userId, userId))
      .orderBy(asc(passkeys.createdAt), asc(passkeys.id));
    const [codes] = await transaction
      .select({ count: count() })
      .from(recoveryCodes)
      .where(eq(recoveryCodes.userId, userId));
    const totp = Boolean(app?.confirmedAt);
    const recoveryCodesLeft = codes?.count ?? 0;
    const methods: SecondFactorMethod[] = [];
    // An app whose secret is unreadable still counts as present: the sign-in requires other
    // factors, and drops none.
    if (app && totp && (await this.totps.readable(app))) methods.push('totp');
    if (keys.length > 0) methods.push('passkey');
    if (recoveryCodesLeft > 0 || (totp && methods.length === 0)) methods.push('recovery-code');
    return { totp, passkeys: keys, recoveryCodesLeft, methods };
  }

  /**
   * Uses up a code. Rejects with `second_factor.wrong_code`, `second_factor.required` or
   * `request.rate_limited`.
   */
  async useCode(
    transaction: Transaction,
    userId: string,
    { code, recoveryCode }: { code?: string; recoveryCode?: string },
  ): Promise<void> {
    if (code !== undefined) return this.totps.use(transaction, userId, code);
    if (recoveryCode !== undefined) return useRecoveryCode(transaction, userId, recoveryCode);
    throw new CodedError('second_factor.required');
  }

  /** Creates recovery codes with the first factor of a user. Null: the user already has some. */
  async firstCodes(transaction: Transaction, userId: string): Promise<string[] | null> {
    const { recoveryCodesLeft } = await this.of(transaction, userId);
    return recoveryCodesLeft > 0 ? null : replaceRecoveryCodes(transaction, userId);
  }

  /** Deletes the recovery codes with the last factor that they replace. */
  async forgetIdleCodes(transaction: Transaction, userId: string): Promise<void> {
    const { totp, passkeys: keys } = await this.of(transaction, userId);
    if (!totp && keys.length === 0) await transaction.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
  }
}
