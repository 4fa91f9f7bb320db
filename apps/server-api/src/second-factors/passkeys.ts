import { isIP } from 'node:net';
import {
  type AuthenticatorTransport,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { type authenticationResponseSchema, CodedError, type registrationResponseSchema } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type PasskeyRow, passkeys, type UserRow } from '../database/schema.js';
import type { ApiParts } from '../parts.js';
import type { Transaction } from '../sessions/sessions.js';
import type { Challenges } from './challenges.js';

/** The relying party of passkeys: a domain, and the origin of its page. */
interface RelyingParty {
  id: string;
  origin: string;
}

/**
 * Web Authentication: discoverable passkeys, which the authenticator finds by itself, with user
 * verification.
 */
export class Passkeys {
  readonly #parts: Pick<ApiParts, 'options' | 'clock' | 'log'>;
  readonly #challenges: Challenges;

  constructor(parts: Pick<ApiParts, 'options' | 'clock' | 'log'>, challenges: Challenges) {
    this.#parts = parts;
    this.#challenges = challenges;
  }

  possible(request: FastifyRequest): boolean {
    return this.#findRelyingParty(request) !== undefined;
  }

  /** For `navigator.credentials.create`. Rejects with `passkey.not_configured`, `limit.reached`. */
  async beginRegistration(transaction: Transaction, user: UserRow, present: PasskeyRow[], request: FastifyRequest) {
    const { id } = this.#relyingParty(request);
    if (present.length >= MOST_PASSKEYS) throw new CodedError('limit.reached', `${MOST_PASSKEYS} passkeys`);
    const options = await generateRegistrationOptions({
      rpName: this.#parts.options.brandName ?? 'Waterbus',
      rpID: id,
      userID: new TextEncoder().encode(user.id),
      userName: user.email,
      userDisplayName: user.name,
      attestationType: 'none',
      excludeCredentials: present.map(descriptorOf),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    const { token } = await this.#challenges.create(transaction, {
      purpose: 'passkey-registration',
      userId: user.id,
      value: options.challenge,
    });
    return { token, options: { ...options } };
  }

  /**
   * Rejects with `token.invalid`, `token.expired`, `passkey.refused`, `limit.reached`. `user`: a
   * locked row.
   */
  async register(
    transaction: Transaction,
    user: UserRow,
    given: {
      challenge: { userId: string | null; value: string | null };
      name: string;
      response: z.infer<typeof registrationResponseSchema>;
    },
    request: FastifyRequest,
  ): Promise<PasskeyRow> {
    const { challenge, name, response } = given;
    const { id: expectedRPID, origin: expectedOrigin } = this.#relyingParty(request);
    if (challenge.userId !== user.id || challenge.value === null) throw new CodedError('token.invalid');
    const expectedChallenge = challenge.value;
    const { verified, registrationInfo } = await this.#judged(() =>
      verifyRegistrationResponse({
        response: { ...response, authenticatorAttachment: response.authenticatorAttachment ?? undefined } as never,
        expectedChallenge,
        expectedOrigin,
        expectedRPID,
        requireUserVerification: true,
      }),
    );
    if (!verified || !registrationInfo) throw new CodedError('passkey.refused');
    const { credential, credentialBackedUp } = registrationInfo;
    const present = await transaction.select({ id: passkeys.id }).from(passkeys).where(eq(passkeys.userId, user.id));
    if (present.length >= MOST_PASSKEYS) throw new CodedError('limit.reached', `${MOST_PASSKEYS} passkeys`);
    const [row] = await transaction
      .insert(passkeys)
      .values({
        id: credential.id,
        userId: user.id,
        name,
        publicKey: Buffer.from(credential.publicKey).toString('base64url'),
        counter: credential.counter,
        transports: credential.transports ?? [],
        backedUp: credentialBackedUp,
        createdAt: new Date(this.#parts.clock.date()),
      })
      .onConflictDoNothing()
      .returning();
    // A credential belongs to one account.
    if (!row) throw new CodedError('passkey.refused');
    return row;
  }

  /**
   * For `navigator.credentials.get`. `of`: the user whose passkeys count; undefined: all that the
   * authenticator finds.
   */
  async beginSignIn(
    transaction: Transaction,
    of: { userId: string; passkeys: PasskeyRow[] } | undefined,
    request: FastifyRequest,
  ) {
    const { id } = this.#relyingParty(request);
    const options = await generateAuthenticationOptions({
      rpID: id,
      userVerification: 'required',
      allowCredentials: of?.passkeys.map(descriptorOf) ?? [],
    });
    const { token } = await this.#challenges.create(transaction, {
      purpose: 'passkey-sign-in',
      userId: of?.userId ?? null,
      value: options.challenge,
    });
    return { token, options: { ...options } };
  }

  /**
   * Returns the passkey's user. Rejects with `token.invalid`, `token.expired`, `passkey.refused`.
   */
  async verify(
    transaction: Transaction,
    given: {
      challenge: { userId: string | null; value: string | null };
      response: z.infer<typeof authenticationResponseSchema>;
    },
    request: FastifyRequest,
  ): Promise<string> {
    const { challenge, response } = given;
    const { id: expectedRPID, origin: expectedOrigin } = this.#relyingParty(request);
    const [row] = await transaction.select().from(passkeys).where(eq(passkeys.id, response.id));
    const { userHandle } = response.response;
    const handle = userHandle ? Buffer.from(userHandle, 'base64url').toString() : undefined;
    const mine = row && (challenge.userId ?? row.userId) === row.userId && (handle ?? row.userId) === row.userId;
    if (!mine || challenge.value === null) throw new CodedError('passkey.refused');
    const expectedChallenge = challenge.value;
    const { verified, authenticationInfo } = await this.#judged(() =>
      verifyAuthenticationResponse({
        response: response as never,
        expectedChallenge,
        expectedOrigin,
        expectedRPID,
        requireUserVerification: true,
        credential: {
          id: row.id,
          publicKey: new Uint8Array(Buffer.from(row.publicKey, 'base64url')),
          counter: row.counter,
          transports: row.transports as AuthenticatorTransport[],
        },
      }),
    );
    if (!verified) throw new CodedError('passkey.refused');
    // The counter is in the condition: of two uses of one signature, the second finds another
    // value.
    const counted = await transaction
      .update(passkeys)
      .set({
        counter: authenticationInfo.newCounter,
        backedUp: authenticationInfo.credentialBackedUp,
        lastUsedAt: new Date(this.#parts.clock.date()),
      })
      .where(and(eq(passkeys.id, row.id), eq(passkeys.counter, row.counter)))
      .returning({ id: passkeys.id });
    if (counted.length === 0) throw new CodedError('passkey.refused');
    return row.userId;
  }

  /** The library throws for an invalid answer; its sender gets no details. */
  async #judged<T>(judge: () => Promise<T>): Promise<T> {
    try {
      return await judge();
    } catch (error) {
      this.#parts.log.info({ reason: (error as Error).message }, 'a passkey was refused');
      throw new CodedError('passkey.refused');
    }
  }

  #relyingParty(request: FastifyRequest): RelyingParty {
    const found = this.#findRelyingParty(request);
    if (!found) throw new CodedError('passkey.not_configured');
    return found;
  }

  /**
   * The domain of `publicUrl`; without it only a page on this very machine. The Host header of a
   * request is no basis for passkeys. Browsers accept no addresses and no http (Web Authentication
   * section 5.1.3).
   */
  #findRelyingParty(request: FastifyRequest): RelyingParty | undefined {
    const { publicUrl } = this.#parts.options;
    const url = new URL(publicUrl ?? `${request.protocol}://${request.host}`);
    const local = url.hostname === 'localhost';
    if (
      !local &&
      (publicUrl === undefined || url.protocol !== 'https:' || isIP(url.hostname.replace(/^\[|\]$/g, '')))
    ) {
      return undefined;
    }
    return { id: url.hostname, origin: url.origin };
  }
}

function descriptorOf({ id, transports }: PasskeyRow) {
  return { id, transports: transports as AuthenticatorTransport[] };
}

/** Per user: more devices than anybody has. */
const MOST_PASSKEYS = 20;
