import { randomBytes } from 'node:crypto';
import { CodedError } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import { Secret } from 'otpauth';
import { secretHash } from '../access/secrets.js';
import { recoveryCodes } from '../database/schema.js';
import type { Transaction } from '../sessions/sessions.js';

/** New recovery codes that replace all others. They are shown only this once; hashes are stored. */
export async function replaceRecoveryCodes(transaction: Transaction, userId: string): Promise<string[]> {
  const codes = Array.from({ length: CODES }, newCode);
  await transaction.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
  await transaction.insert(recoveryCodes).values(codes.map((code) => ({ userId, hash: hashOf(code) })));
  return codes;
}

/** Uses up a code. Rejects with `second_factor.wrong_code`. */
export async function useRecoveryCode(transaction: Transaction, userId: string, code: string): Promise<void> {
  const used = await transaction
    .delete(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.hash, hashOf(code))))
    .returning({ hash: recoveryCodes.hash });
  if (used.length === 0) throw new CodedError('second_factor.wrong_code');
}

/**
 * `abcd-efgh-ijkl-mnop`: 80 random bits in base32, which has neither 0 nor 1, so that digits are
 * not mistaken for letters.
 */
function newCode(): string {
  const text = new Secret({ buffer: new Uint8Array(randomBytes(CODE_BYTES)).buffer }).base32.toLowerCase();
  return text.match(/.{4}/g)?.join('-') ?? text;
}

/** 80 random bits need no slow hash. */
function hashOf(code: string): string {
  return secretHash(code.toLowerCase().replace(/[^a-z2-7]/g, ''));
}

/** Per user. */
const CODES = 10;

const CODE_BYTES = 10;
