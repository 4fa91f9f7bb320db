import { createHash, hkdfSync } from 'node:crypto';
import type { Clock } from '@waterbus/cluster';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { z } from 'zod';

/** The state that the browser carries from the start of a sign-in to the provider's answer. */
const begunSchema = z.object({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  pkceCodeVerifier: z.string(),
  returnTo: z.string(),
  /** The session whose user gets the identity, instead of signing in with it. */
  linkTo: z.object({ userId: z.uuid(), sessionId: z.uuid() }).optional(),
  /** Of the page that began, for a new account. Absent: none of ours, or begun at an earlier server. */
  language: z.string().optional(),
});
export type BegunSignIn = z.infer<typeof begunSchema>;

/**
 * The state from there to the page that takes the session: a page cannot read our cookies, and
 * others could see an address.
 */
const finishedSchema = z.object({ userId: z.uuid(), id: z.uuid(), issuer: z.string(), subject: z.string() });
export type FinishedSignIn = z.infer<typeof finishedSchema>;

/**
 * Both are encrypted (RFC 7516, A256GCM) with a key of their own, and sent only to the identity
 * providers' routes. The first is SameSite=Lax, since the provider's answer is a link from another
 * site; only our own page requests the second.
 */
const kinds = {
  begun: { name: 'waterbus-sign-in', sameSite: 'lax', schema: begunSchema, lifetime: 600 },
  finished: { name: 'waterbus-signed-in', sameSite: 'strict', schema: finishedSchema, lifetime: 60 },
} as const;

interface Contents {
  begun: BegunSignIn;
  finished: FinishedSignIn;
}

/**
 * The name of one sign-in: part of its cookies' names and of the page's address. It is not secret
 * and does not reveal `state`.
 */
export function signInId(state: string): string {
  return createHash('sha256').update(state).digest('base64url').slice(0, ID_LENGTH);
}

/**
 * The cookies of sign-ins through identity providers. Each sign-in has its own, so that several
 * tabs may sign in at once.
 */
export class SignInCookies {
  readonly #key: Uint8Array;
  readonly #clock: Clock;
  readonly #secure: boolean;

  /** `secure`: browsers connect over https. */
  constructor(secret: string | Uint8Array, clock: Clock, secure: boolean) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'waterbus:sign-in-cookies', KEY_BYTES));
    this.#clock = clock;
    this.#secure = secure;
  }

  /** `signIn`: the sign-in's id. Beyond a bound the browser's oldest sign-ins are evicted. */
  async set<K extends keyof Contents>(
    request: FastifyRequest,
    reply: FastifyReply,
    kind: K,
    signIn: string,
    content: Contents[K],
  ): Promise<void> {
    const { lifetime } = kinds[kind];
    const name = this.#name(kind, signIn);
    await this.#makeRoom(request, reply, kind, name);
    const expiresAt = Math.floor(this.#clock.date() / 1000) + lifetime;
    const token = await new EncryptJWT({ ...content })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setAudience(kinds[kind].name)
      .setExpirationTime(expiresAt)
      .encrypt(this.#key);
    reply.setCookie(name, token, { ...this.#attributes(kind), maxAge: lifetime });
  }

  /** With its expiry in milliseconds since 1970; undefined when there is no valid one. */
  async read<K extends keyof Contents>(
    request: FastifyRequest,
    kind: K,
    signIn: string,
  ): Promise<(Contents[K] & { expiresAt: number }) | undefined> {
    return this.#decrypt(kind, request.cookies[this.#name(kind, signIn)]);
  }

  clear(reply: FastifyReply, kind: keyof Contents, signIn: string): void {
    reply.clearCookie(this.#name(kind, signIn), this.#attributes(kind));
  }

  async #makeRoom(request: FastifyRequest, reply: FastifyReply, kind: keyof Contents, name: string): Promise<void> {
    const prefix = this.#name(kind, '');
    const others = Object.entries(request.cookies).filter(([other]) => other.startsWith(prefix) && other !== name);
    const dated = await Promise.all(
      others.map(async ([other, value]) => ({ other, expiresAt: (await this.#decrypt(kind, value))?.expiresAt ?? 0 })),
    );
    // Cookies that do not decrypt are evicted first: they are useless.
    dated.sort((a, b) => b.expiresAt - a.expiresAt);
    for (const { other } of dated.slice(MOST_AT_ONCE - 1)) reply.clearCookie(other, this.#attributes(kind));
  }

  async #decrypt<K extends keyof Contents>(
    kind: K,
    cookie: string | undefined,
  ): Promise<(Contents[K] & { expiresAt: number }) | undefined> {
    if (cookie === undefined) return undefined;
    try {
      const { payload } = await jwtDecrypt(cookie, this.#key, {
        audience: kinds[kind].name,
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        requiredClaims: ['exp'],
        currentDate: new Date(this.#clock.date()),
      });
      return { ...(kinds[kind].schema.parse(payload) as Contents[K]), expiresAt: (payload.exp ?? 0) * 1000 };
    } catch {
      return undefined;
    }
  }

  /** The prefix rejects cookies that were set over http (RFC 6265bis section 4.1.3). */
  #name(kind: keyof Contents, signIn: string): string {
    return `${this.#secure ? '__Secure-' : ''}${kinds[kind].name}-${signIn}`;
  }

  #attributes(kind: keyof Contents) {
    return { path: COOKIE_PATH, httpOnly: true, secure: this.#secure, sameSite: kinds[kind].sameSite };
  }
}

const COOKIE_PATH = '/v1/identity-providers';

/** For AES-256. */
const KEY_BYTES = 32;

/** Letters of base64url: 96 bits, enough to distinguish the sign-ins of one browser. */
const ID_LENGTH = 16;

/** Per browser. A cookie has up to 1.3 KB, and Node accepts 16 KiB of headers. */
const MOST_AT_ONCE = 5;
