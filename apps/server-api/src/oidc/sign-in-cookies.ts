import { hkdfSync } from 'node:crypto';
import type { Clock } from '@waterbus/cluster';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { z } from 'zod';

/** What the browser carries for us from the start of a sign-in to the provider's answer. */
const begunSchema = z.object({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  pkceCodeVerifier: z.string(),
  returnTo: z.string(),
  /** The session whose user gets the identity, instead of signing in with it. */
  linkTo: z.object({ userId: z.uuid(), sessionId: z.uuid() }).optional(),
});
export type BegunSignIn = z.infer<typeof begunSchema>;

/** And from there to the page that takes the session: a page can read no cookie of ours, and an address would be seen by others. */
const finishedSchema = z.object({ userId: z.uuid(), id: z.uuid() });
export type FinishedSignIn = z.infer<typeof finishedSchema>;

/**
 * Both are encrypted (RFC 7516, A256GCM) with a key of their own, and only sent back to the identity providers' routes. The first is
 * SameSite=Lax, since the provider's answer is a link from another site; the second is asked for by our own page only.
 */
const kinds = {
  begun: { name: 'waterbus-sign-in', sameSite: 'lax', schema: begunSchema, lifetime: 600 },
  finished: { name: 'waterbus-signed-in', sameSite: 'strict', schema: finishedSchema, lifetime: 60 },
} as const;

interface Contents {
  begun: BegunSignIn;
  finished: FinishedSignIn;
}

export class SignInCookies {
  readonly #key: Uint8Array;
  readonly #clock: Clock;
  readonly #secure: boolean;

  /** `secure`: browsers come over https. */
  constructor(secret: string | Uint8Array, clock: Clock, secure: boolean) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'waterbus:sign-in-cookies', KEY_BYTES));
    this.#clock = clock;
    this.#secure = secure;
  }

  async set<K extends keyof Contents>(reply: FastifyReply, kind: K, content: Contents[K]): Promise<void> {
    const { name, lifetime } = kinds[kind];
    const expiresAt = Math.floor(this.#clock.date() / 1000) + lifetime;
    const token = await new EncryptJWT({ ...content })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setAudience(name)
      .setExpirationTime(expiresAt)
      .encrypt(this.#key);
    reply.setCookie(name, token, { ...this.#attributes(kind), maxAge: lifetime });
  }

  /** With the time, in milliseconds since 1970, after which it counts no more; undefined when there is none that counts. */
  async read<K extends keyof Contents>(
    request: FastifyRequest,
    kind: K,
  ): Promise<(Contents[K] & { expiresAt: number }) | undefined> {
    const { name, schema } = kinds[kind];
    const cookie = request.cookies[name];
    if (cookie === undefined) return undefined;
    try {
      const { payload } = await jwtDecrypt(cookie, this.#key, {
        audience: name,
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        requiredClaims: ['exp'],
        currentDate: new Date(this.#clock.date()),
      });
      return { ...(schema.parse(payload) as Contents[K]), expiresAt: (payload.exp ?? 0) * 1000 };
    } catch {
      return undefined;
    }
  }

  clear(reply: FastifyReply, kind: keyof Contents): void {
    reply.clearCookie(kinds[kind].name, this.#attributes(kind));
  }

  #attributes(kind: keyof Contents) {
    return { path: COOKIE_PATH, httpOnly: true, secure: this.#secure, sameSite: kinds[kind].sameSite };
  }
}

const COOKIE_PATH = '/v1/identity-providers';

/** Of AES-256. */
const KEY_BYTES = 32;
