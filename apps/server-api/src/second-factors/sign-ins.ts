import {
  CodedError,
  type RefreshIn,
  type SecondFactorRequired,
  type SessionTokens,
  type SignedIn,
} from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type UserRow, users } from '../database/schema.js';
import { languageOf } from '../mail/language.js';
import type { ApiParts } from '../parts.js';
import { SessionCookie } from '../sessions/session-cookie.js';
import { Sessions, type Transaction } from '../sessions/sessions.js';
import { shownUser } from '../sessions/shown-user.js';
import { Challenges } from './challenges.js';
import { Passkeys } from './passkeys.js';
import { SecondFactors } from './second-factors.js';

export interface Signed {
  user: UserRow;
  tokens: SessionTokens;
}

/** The steps after authentication: a session, or the request for a second factor. */
export class SignIns {
  readonly challenges: Challenges;
  readonly factors: SecondFactors;
  readonly keys: Passkeys;
  readonly #parts: ApiParts;
  readonly #sessions: Sessions;
  readonly #cookie: SessionCookie;

  constructor(parts: ApiParts) {
    this.#parts = parts;
    this.challenges = new Challenges(parts);
    this.factors = new SecondFactors(parts);
    this.keys = new Passkeys(parts, this.challenges);
    this.#sessions = new Sessions(parts);
    this.#cookie = new SessionCookie(parts.options);
  }

  /**
   * Call it before any change: only our own page may get a cookie. Rejects with
   * `permission.denied`.
   */
  check(request: FastifyRequest, refreshIn: RefreshIn): void {
    if (refreshIn === 'cookie') this.#cookie.checkOrigin(request);
  }

  /**
   * After the password, or the identity provider. `user`: a locked row. Rejects with
   * `account.disabled`.
   */
  async firstFactor(
    transaction: Transaction,
    user: UserRow,
    request: FastifyRequest,
  ): Promise<Signed | SecondFactorRequired> {
    checkEnabled(user);
    const { methods } = await this.factors.of(transaction, user.id);
    if (methods.length === 0) return this.complete(transaction, user, request);
    const challenge = await this.challenges.create(transaction, { purpose: 'second-factor', userId: user.id });
    return { secondFactor: { ...challenge, methods } };
  }

  /** After all required factors. `user`: a locked row. Rejects with `account.disabled`. */
  async complete(transaction: Transaction, user: UserRow, request: FastifyRequest): Promise<Signed> {
    checkEnabled(user);
    await keepLanguage(transaction, user, request);
    return { user, tokens: await this.#sessions.start(transaction, user.id, request) };
  }

  /** The body of the answer. The refresh token leaves in the cookie if the request asks for it. */
  signedIn(request: FastifyRequest, reply: FastifyReply, refreshIn: RefreshIn, { user, tokens }: Signed): SignedIn {
    return { user: shownUser(user, this.#parts), tokens: this.#cookie.send(request, reply, refreshIn, tokens) };
  }
}

/**
 * That of the page on which the user signs in. The return from an identity provider is a navigation,
 * which names the browser's language: it counts where no other is known. `user`: a locked row.
 */
async function keepLanguage(transaction: Transaction, user: UserRow, request: FastifyRequest): Promise<void> {
  const language = languageOf(request);
  const byBrowser = request.headers['sec-fetch-mode'] === 'navigate' && user.language !== null;
  if (!language || byBrowser || user.language === language) return;
  await transaction.update(users).set({ language }).where(eq(users.id, user.id));
}

/**
 * The state is read at each sign-in (R7). As the row is locked, a session begins before the account
 * is disabled, which ends it, or not at all.
 */
function checkEnabled({ disabledAt }: UserRow): void {
  if (disabledAt !== null) throw new CodedError('account.disabled');
}
