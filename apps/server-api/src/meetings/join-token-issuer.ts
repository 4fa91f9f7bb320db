import { randomUUID } from 'node:crypto';
import {
  type Grants,
  JOIN_TOKEN_AUDIENCE,
  JOIN_TOKEN_LIFETIME,
  type JoinTokenClaims,
  type Role,
} from '@waterbus/protocol';
import { SignJWT } from 'jose';

/** Signs join tokens (R8): HS256 over the secret that Server API and Server WS share. */
export class JoinTokenIssuer {
  readonly #key: Uint8Array;
  readonly #date: () => number;

  /** `date`: milliseconds since 1970. */
  constructor(secret: string | Uint8Array, date: () => number) {
    this.#key = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
    this.#date = date;
    if (this.#key.length < SHORTEST_SECRET) throw new Error(`The secret must have ${SHORTEST_SECRET} bytes or more`);
  }

  async issue(to: { roomId: string; meetingCode: string; name: string; role: Role }) {
    const participantId = randomUUID();
    const issuedAt = Math.floor(this.#date() / 1000);
    const claims: JoinTokenClaims = {
      aud: JOIN_TOKEN_AUDIENCE,
      jti: randomUUID(),
      sub: participantId,
      ...to,
      grants: grantsOf(to.role),
      iat: issuedAt,
      exp: issuedAt + JOIN_TOKEN_LIFETIME,
    };
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(this.#key);
    return { token, participantId, expiresIn: JOIN_TOKEN_LIFETIME };
  }
}

function grantsOf(role: Role): Grants {
  return {
    publish: ['microphone', 'camera', 'screen', 'screen-audio'],
    subscribe: true,
    moderate: role === 'host' || role === 'moderator',
    hidden: false,
  };
}

/** Bytes: a key as long as the hash's output (RFC 7518 section 3.2). */
const SHORTEST_SECRET = 32;
