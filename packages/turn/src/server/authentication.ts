import { Nonces } from '../credentials/nonces.js';
import { longTermKey, readUsername } from '../credentials/time-limited.js';
import { Attribute } from '../stun/constants.js';
import { type IntegrityHash, integrityHashOf, integrityHolds } from '../stun/integrity.js';
import { attributeOf, type Message } from '../stun/message.js';
import type { NewAttribute } from '../stun/write.js';
import { type Failure, failure } from './answer.js';
import type { TurnEnvironment } from './environment.js';

/** The sender of an authenticated request. */
export interface Authenticated {
  ok: true;
  username: string;
  /** The name without the expiry. */
  user: string;
  /** The time in the name has passed. */
  expired: boolean;
  hash: IntegrityHash;
  key: Buffer;
}

/** Long-term credentials (RFC 8489 section 9.2) with time-limited passwords. */
export class Authentication {
  private readonly nonces = new Nonces();

  constructor(private readonly environment: TurnEnvironment) {}

  check(message: Message): Authenticated | Failure {
    const hash = integrityHashOf(message);
    if (!hash) return this.challenge(401);
    const username = attributeOf(message, Attribute.Username);
    const realm = attributeOf(message, Attribute.Realm);
    const nonce = attributeOf(message, Attribute.Nonce);
    if (!username || !realm || !nonce) return failure(400);
    if (!this.nonces.isFresh(nonce.toString('latin1'), this.environment.clock.now())) return this.challenge(438);
    const algorithm = algorithmOf(message);
    if (!algorithm) return failure(400);
    return this.verified(message, username.toString('latin1'), hash, algorithm) ?? this.refused();
  }

  /** As `challenge`, for a request whose credentials are not accepted. */
  refused(): Failure {
    this.environment.onRefusal('credentials', {});
    return this.challenge(401);
  }

  private verified(
    message: Message,
    username: string,
    hash: IntegrityHash,
    algorithm: 'md5' | 'sha256',
  ): Authenticated | undefined {
    const { secret, realm, clock } = this.environment;
    const name = readUsername(username);
    if (!name) return undefined;
    const key = longTermKey(secret, username, realm, algorithm);
    if (!integrityHolds(message, hash, key)) return undefined;
    return { ok: true, username, user: name.user, expired: name.expires * 1000 <= clock.date(), hash, key };
  }

  private challenge(code: 401 | 438): Failure {
    const { realm, clock } = this.environment;
    const attributes: NewAttribute[] = [
      [Attribute.Realm, Buffer.from(realm)],
      [Attribute.Nonce, Buffer.from(this.nonces.make(clock.now()))],
      [Attribute.PasswordAlgorithms, ALGORITHMS],
    ];
    return failure(code, ...attributes);
  }
}

/** Undefined for a choice that was not offered, or for one whose offer was altered on its way. */
function algorithmOf(message: Message): 'md5' | 'sha256' | undefined {
  const chosen = attributeOf(message, Attribute.PasswordAlgorithm);
  const offered = attributeOf(message, Attribute.PasswordAlgorithms);
  if (!chosen && !offered) return 'md5';
  if (!chosen || !offered?.equals(ALGORITHMS) || chosen.length < 4 || chosen.readUInt16BE(2) !== 0) return undefined;
  return ({ [MD5]: 'md5', [SHA256]: 'sha256' } as const)[chosen.readUInt16BE(0)];
}

const MD5 = 1;
const SHA256 = 2;

/** Two algorithms without parameters, the stronger one first (RFC 8489 section 14.11). */
const ALGORITHMS = Buffer.from([0, SHA256, 0, 0, 0, MD5, 0, 0]);
