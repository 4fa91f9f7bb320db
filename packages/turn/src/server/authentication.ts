import {
  Attribute,
  equalBytes,
  type IntegrityHash,
  latin1,
  type NewAttribute,
  read16,
  type StunMessage,
} from '@waterbus/stun';
import { hmacs } from '../credentials/hmacs.js';
import { Nonces } from '../credentials/nonces.js';
import { longTermKey, readUsername } from '../credentials/time-limited.js';
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

  check(message: StunMessage): Authenticated | Failure {
    const hash = message.integrityHash;
    if (!hash) return this.challenge(401);
    const username = message.value(Attribute.Username);
    const realm = message.value(Attribute.Realm);
    const nonce = message.value(Attribute.Nonce);
    if (!username || !realm || !nonce) return failure(400);
    if (!this.nonces.isFresh(latin1(nonce), this.environment.clock.now())) return this.challenge(438);
    const algorithm = algorithmOf(message);
    if (!algorithm) return failure(400);
    return this.verified(message, latin1(username), hash, algorithm) ?? this.refused();
  }

  /** As `challenge`, for a request whose credentials are not accepted. */
  refused(): Failure {
    this.environment.onRefusal('credentials', {});
    return this.challenge(401);
  }

  private verified(
    message: StunMessage,
    username: string,
    hash: IntegrityHash,
    algorithm: 'md5' | 'sha256',
  ): Authenticated | undefined {
    const { secret, realm, clock } = this.environment;
    const name = readUsername(username);
    if (!name) return undefined;
    const key = longTermKey(secret, username, realm, algorithm);
    if (!message.integrityHolds(hash, key, hmacs[hash])) return undefined;
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
function algorithmOf(message: StunMessage): 'md5' | 'sha256' | undefined {
  const chosen = message.value(Attribute.PasswordAlgorithm);
  const offered = message.value(Attribute.PasswordAlgorithms);
  if (!chosen && !offered) return 'md5';
  if (!chosen || !offered || !equalBytes(offered, ALGORITHMS) || chosen.length < 4 || read16(chosen, 2) !== 0)
    return undefined;
  return ({ [MD5]: 'md5', [SHA256]: 'sha256' } as const)[read16(chosen, 0)];
}

const MD5 = 1;
const SHA256 = 2;

/** Two algorithms without parameters, the stronger one first (RFC 8489 section 14.11). */
const ALGORITHMS = Buffer.from([0, SHA256, 0, 0, 0, MD5, 0, 0]);
