import type { Clock } from '@waterbus/cluster';
import { CodedError } from '@waterbus/protocol';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';

/** Signs and reads Server API's own tokens: JWTs, HS256 over the server's secret. What a token is for stands in `aud`. */
export class ApiTokens {
  readonly #key: Uint8Array;
  readonly #clock: Clock;

  constructor(secret: string | Uint8Array, clock: Clock) {
    this.#key = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
    if (this.#key.length < SHORTEST_SECRET) throw new Error(`The secret must have ${SHORTEST_SECRET} bytes or more`);
    this.#clock = clock;
  }

  /** `lifetime` in seconds. */
  async sign(audience: string, claims: JWTPayload, lifetime: number): Promise<string> {
    const now = Math.floor(this.#clock.date() / 1000);
    return new SignJWT({ ...claims, aud: audience, iat: now, exp: now + lifetime })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(this.#key);
  }

  /** Rejects with `token.invalid` or `token.expired`. */
  async read(token: string, audience: string | string[]): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        audience,
        algorithms: ['HS256'],
        currentDate: new Date(this.#clock.date()),
      });
      return payload;
    } catch (error) {
      throw new CodedError(error instanceof errors.JWTExpired ? 'token.expired' : 'token.invalid');
    }
  }
}

/** `aud` of what signs a user in for a quarter of an hour, and of what renews it. */
export const ACCESS_TOKEN_AUDIENCE = 'waterbus:api';
export const REFRESH_TOKEN_AUDIENCE = 'waterbus:refresh';

/** Bytes: a key as long as the hash's output (RFC 7518 section 3.2). */
const SHORTEST_SECRET = 32;
