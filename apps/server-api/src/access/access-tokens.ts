import type { Clock } from '@waterbus/cluster';
import { CodedError } from '@waterbus/protocol';
import { createSigner, createVerifier } from 'fast-jwt';

/** Claims of a token, by the names of RFC 7519 and our own. */
export type Claims = Record<string, unknown>;

/**
 * Signs and reads Server API's own tokens: JWTs, HS256 with the server's secret. `aud` is the use
 * of a token.
 */
export class ApiTokens {
  readonly #sign: (claims: Claims) => string;
  readonly #verify: (token: string) => Claims;
  readonly #clock: Clock;

  constructor(secret: string | Uint8Array, clock: Clock) {
    const key = typeof secret === 'string' ? Buffer.from(secret) : Buffer.from(secret);
    if (key.length < SHORTEST_SECRET) throw new Error(`The secret must have ${SHORTEST_SECRET} bytes or more`);
    this.#sign = createSigner({ key, algorithm: 'HS256' });
    // The verifier uses the system's clock: times and audience are checked below.
    this.#verify = createVerifier({ key, algorithms: ['HS256'], ignoreExpiration: true, ignoreNotBefore: true });
    this.#clock = clock;
  }

  /** `lifetime` in seconds. */
  sign(audience: string, claims: Claims, lifetime: number): string {
    const now = Math.floor(this.#clock.date() / 1000);
    return this.#sign({ ...claims, aud: audience, iat: now, exp: now + lifetime });
  }

  /** Throws `token.invalid` or `token.expired`. */
  read(token: string, audience: string | string[]): Claims {
    const claims = this.#verified(token);
    const meant = typeof claims.aud === 'string' && [audience].flat().includes(claims.aud);
    if (!meant || typeof claims.exp !== 'number' || claims.nbf !== undefined) throw new CodedError('token.invalid');
    if (claims.exp <= Math.floor(this.#clock.date() / 1000)) throw new CodedError('token.expired');
    return claims;
  }

  #verified(token: string): Claims {
    try {
      return this.#verify(token);
    } catch {
      throw new CodedError('token.invalid');
    }
  }
}

/**
 * `aud` of the token that authenticates a user for a quarter of an hour, and of the token that
 * renews it.
 */
export const ACCESS_TOKEN_AUDIENCE = 'waterbus:api';
export const REFRESH_TOKEN_AUDIENCE = 'waterbus:refresh';

/** Bytes: a key as long as the hash's output (RFC 7518 section 3.2). */
const SHORTEST_SECRET = 32;
