import {
  type AccountAuditEvent,
  type AccountExport,
  acceptedInvitationSchema,
  accountAuditEventsSchema,
  accountExportSchema,
  type Identity,
  type Invitation,
  identitiesSchema,
  invitationsPageSchema,
  type Member,
  type MemberMeeting,
  meetingsPageSchema,
  type Page,
  passkeyOptionsSchema,
  type RefreshIn,
  type ScheduledMeeting,
  type Session,
  scheduledMeetingsSchema,
  sessionsSchema,
  signInResponseSchema,
  startSignInResponseSchema,
  type User,
  userSchema,
} from '@waterbus/protocol';
import { Emitter } from '../emitter.js';
import { coded, codeOf, isPassing } from '../failures.js';
import { type RestRequest, request, understood } from '../rest/rest-request.js';
import type {
  Account,
  AccountState,
  PageOptions,
  SecondFactorProof,
  SecondFactorStep,
  SignInResult,
} from './account.js';
import { usePasskey } from './passkeys.js';
import { AccountSecurity } from './security.js';
import { SignIn } from './sign-in.js';
import { pendingSignOutIn, type SignInStore, signInInMemory, signInInStorage } from './sign-in-store.js';

/** Where an account is, and where its sign-in is kept. */
export interface AccountOptions {
  /** Origin of Server API; default: the page's own. */
  server?: string;
  /**
   * The place of the refresh token. `cookie`: no script can read it; the page must be of the
   * server's origin. `body`: in `store`. Default: `cookie` for a page of the server's origin that
   * gives no `store` and may use localStorage, else `body`.
   */
  refreshIn?: 'cookie' | 'body';
  /**
   * The state that outlives the page. Default: with `cookie` localStorage, which then holds no
   * secret; else nothing.
   */
  store?: SignInStore;
}

/**
 * The account of the page's user. Sends no request yet, except a sign-out that an earlier visit
 * could not complete.
 */
export function createAccount(options: AccountOptions = {}): Account {
  const refreshIn = options.refreshIn ?? (options.store || !cookiePossible(options.server) ? 'body' : 'cookie');
  const store = options.store ?? (refreshIn === 'cookie' ? signInInStorage(localStorageOfPage) : signInInMemory());
  return new KeptAccount({ server: options.server, store, refreshIn });
}

/** Another origin gets no cookie of ours, and a browser that refuses storage keeps none. */
function cookiePossible(server: string | undefined): boolean {
  const page = globalThis.location?.origin;
  if (page === undefined || (server && new URL(server, page).origin !== page)) return false;
  try {
    return Boolean(localStorageOfPage());
  } catch {
    return false;
  }
}

function localStorageOfPage(): Storage {
  return globalThis.localStorage;
}

class KeptAccount extends Emitter<{ change: () => void }> implements Account {
  readonly #server: string | undefined;
  readonly #signIn: SignIn;
  readonly #unwatch: (() => void) | undefined;
  readonly #refreshIn: RefreshIn;
  readonly #pendingSignOut = pendingSignOutIn(localStorageOfPage);
  readonly security = new AccountSecurity((of) => this.#ask(of));
  #state: AccountState = { signedIn: false };
  /** Requests with an access token that are pending. */
  readonly #pendingRequests = new Set<Promise<unknown>>();

  constructor({ server, store, refreshIn }: Required<Omit<AccountOptions, 'server'>> & { server: string | undefined }) {
    super();
    this.#server = server;
    this.#refreshIn = refreshIn;
    this.#signIn = new SignIn({ server, store, refreshIn, ended: () => this.#follow() });
    this.#unwatch = store.watch?.(() => this.#follow());
    this.#follow();
    if (refreshIn === 'cookie' && this.#pendingSignOut.read()) void this.#endByCookie();
  }

  get state(): AccountState {
    return this.#state;
  }

  async register(account: { email: string; password: string; name: string; invitationToken?: string }): Promise<User> {
    return this.#signedIn({ path: '/v1/accounts', body: account });
  }

  async logIn(credentials: { email: string; password: string }): Promise<SignInResult> {
    return this.#begin({ path: '/v1/sessions', body: credentials });
  }

  async completeSecondFactor(step: SecondFactorStep, proof: SecondFactorProof): Promise<User> {
    if ('passkey' in proof) return this.#withPasskey({ secondFactor: step.token });
    return this.#signedIn({ path: '/v1/sessions/second-factor', body: { token: step.token, ...proof } });
  }

  async signInWithPasskey(): Promise<User> {
    return this.#withPasskey({});
  }

  async logOut(): Promise<void> {
    if (this.#refreshIn === 'cookie') {
      const token = this.#signIn.currentToken;
      this.#signIn.forget();
      this.#follow();
      this.#pendingSignOut.write(true);
      await this.#endByCookie(token);
      return;
    }
    const token = await this.accessToken().catch(() => undefined);
    this.#signIn.forget();
    this.#follow();
    await this.#end(token);
  }

  async accessToken(): Promise<string | undefined> {
    if (this.#signIn.userId === undefined) return undefined;
    try {
      return await this.#signIn.token();
    } catch (error) {
      if (codeOf(error) === 'account.required') return undefined;
      throw error;
    }
  }

  async asUser<T>(ask: (accessToken: string | undefined) => Promise<T>): Promise<T> {
    return this.#signIn.userId === undefined ? ask(undefined) : this.#track(this.#signIn.authorized(ask));
  }

  async profile(): Promise<User> {
    return this.#know(await this.#ask({ path: '/v1/me' }));
  }

  async updateProfile(change: { name?: string; language?: string }): Promise<User> {
    return this.#know(await this.#ask({ path: '/v1/me', method: 'PATCH', body: change }));
  }

  async setAvatar(picture: Blob): Promise<User> {
    return this.#know(await this.#ask({ path: '/v1/me/avatar', method: 'PUT', bytes: picture }));
  }

  async removeAvatar(): Promise<void> {
    await this.#ask({ path: '/v1/me/avatar', method: 'DELETE' });
    this.#change({ avatarUrl: null });
  }

  async changePassword(change: { currentPassword?: string; newPassword: string }): Promise<void> {
    await this.#ask({ path: '/v1/me/password', method: 'PUT', body: change });
    this.#change({ hasPassword: true });
  }

  async exportData(): Promise<AccountExport> {
    return understood(accountExportSchema, await this.#ask({ path: '/v1/me/export', timeout: EXPORT_TIMEOUT }));
  }

  async deleteAccount(proof: { password?: string }): Promise<void> {
    await this.#ask({ path: '/v1/me', method: 'DELETE', body: proof });
    this.#signIn.forget();
    this.#follow();
  }

  async requestEmailVerification(): Promise<void> {
    await this.#ask({ path: '/v1/email-verifications', method: 'POST' });
  }

  async sessions(page: PageOptions = {}): Promise<Page<Session>> {
    return understood(sessionsSchema, await this.#ask({ path: withQuery('/v1/sessions', page) }));
  }

  async auditEvents(page: PageOptions = {}): Promise<Page<AccountAuditEvent>> {
    return understood(accountAuditEventsSchema, await this.#ask({ path: withQuery('/v1/me/audit-events', page) }));
  }

  async endSession(id: string): Promise<void> {
    await this.#ask({ path: `/v1/sessions/${encodeURIComponent(id)}`, method: 'DELETE' });
  }

  async identities(): Promise<Identity[]> {
    return understood(identitiesSchema, await this.#ask({ path: '/v1/me/identities' })).items;
  }

  async removeIdentity(id: string): Promise<void> {
    await this.#ask({ path: `/v1/me/identities/${encodeURIComponent(id)}`, method: 'DELETE' });
  }

  async startSignIn({ provider, returnTo }: { provider: string; returnTo: string }): Promise<string> {
    const path = `/v1/identity-providers/${encodeURIComponent(provider)}/sign-in`;
    const answer = await this.asUser((token) =>
      request({ server: this.#server, path, body: { returnTo }, token, cookies: true }),
    );
    return understood(startSignInResponseSchema, answer).authorizationUrl;
  }

  async completeSignIn(signIn: string): Promise<SignInResult> {
    return this.#begin({ path: '/v1/identity-providers/sign-in/complete', body: { signIn } });
  }

  async meetings({ archived, ...page }: PageOptions & { archived?: boolean } = {}): Promise<Page<MemberMeeting>> {
    const path = withQuery('/v1/meetings', { ...page, ...(archived && { archived: 'true' as const }) });
    return understood(meetingsPageSchema, await this.#ask({ path }));
  }

  async schedule(options: { before?: string; limit?: number } = {}): Promise<ScheduledMeeting[]> {
    const answer = await this.#ask({ path: withQuery('/v1/me/schedule', options) });
    return understood(scheduledMeetingsSchema, answer).items;
  }

  async invitations(page: PageOptions = {}): Promise<Page<Invitation>> {
    return understood(invitationsPageSchema, await this.#ask({ path: withQuery('/v1/invitations', page) }));
  }

  async acceptInvitation(invitation: { id: string } | { token: string }): Promise<{ code: string; member: Member }> {
    return understood(acceptedInvitationSchema, await this.#ask(invitationRequest(invitation, 'accept')));
  }

  async declineInvitation(invitation: { id: string } | { token: string }): Promise<void> {
    await this.#ask(invitationRequest(invitation, 'decline'));
  }

  close(): void {
    this.#unwatch?.();
    this.removeAll();
  }

  async #withPasskey(body: { secondFactor?: string }): Promise<User> {
    const begun = await request({ server: this.#server, path: '/v1/sessions/passkey/options', body });
    const signed = await usePasskey(understood(passkeyOptionsSchema, begun));
    return this.#signedIn({ path: '/v1/sessions/passkey', body: signed });
  }

  /** For sign-ins that need no second factor. */
  async #signedIn(how: RestRequest): Promise<User> {
    const { user } = await this.#begin(how);
    if (!user) throw coded('second_factor.required');
    return user;
  }

  /**
   * Signs in with the server's answer. Without a bearer token: the server would refuse an expired
   * one.
   */
  async #begin(how: RestRequest): Promise<SignInResult> {
    const former = await this.accessToken().catch(() => undefined);
    const body = { ...how.body, refreshIn: this.#refreshIn };
    // One of the cookies identifies this browser, so that others' guesses do not lock its user out.
    const requested = { ...how, body, cookies: true, server: this.#server };
    const answer = understood(signInResponseSchema, await request(requested));
    if ('secondFactor' in answer) return { secondFactor: answer.secondFactor };
    const { user, tokens } = answer;
    if (this.#refreshIn === 'cookie') this.#pendingSignOut.write(false);
    this.#signIn.begin(tokens);
    // The former session's refresh token is lost. Pending requests with its access token must not
    // be refused, and the session must not appear in the next list of sessions.
    await Promise.allSettled([...this.#pendingRequests]);
    await this.#end(former);
    this.#show({ signedIn: true, userId: user.id, user });
    return { user };
  }

  /**
   * Removes the cookie too. If the server is unreachable, the next visit repeats the request.
   * `token`: for a browser that kept no cookie.
   */
  async #endByCookie(token?: string): Promise<void> {
    try {
      await request({ server: this.#server, path: '/v1/sessions/current', method: 'DELETE', cookies: true });
    } catch (error) {
      if (isPassing(error)) return;
      await this.#end(token);
    }
    this.#pendingSignOut.write(false);
  }

  async #end(token: string | undefined): Promise<void> {
    if (!token) return;
    await request({ server: this.#server, path: '/v1/sessions/current', method: 'DELETE', token }).catch(() => {});
  }

  #ask(of: RestRequest): Promise<unknown> {
    if (this.#signIn.userId === undefined) return Promise.reject(coded('account.required'));
    return this.#track(this.#signIn.authorized((token) => request({ ...of, server: this.#server, token })));
  }

  #track<T>(asking: Promise<T>): Promise<T> {
    this.#pendingRequests.add(asking);
    const done = () => void this.#pendingRequests.delete(asking);
    asking.then(done, done);
    return asking;
  }

  #know(answer: unknown): User {
    const user = understood(userSchema, answer);
    // Meanwhile another user may have signed in, or the user may have signed out.
    if (user.id === this.#signIn.userId) this.#show({ signedIn: true, userId: user.id, user });
    return user;
  }

  /** Applies known changes of the user. */
  #change(change: Partial<User>): void {
    const { userId, user } = this.#state;
    if (user) this.#show({ signedIn: true, userId, user: { ...user, ...change } });
  }

  /** Makes the state match the store. */
  #follow(): void {
    const userId = this.#signIn.userId;
    if (userId === this.#state.userId) return;
    this.#show(userId === undefined ? { signedIn: false } : { signedIn: true, userId, user: undefined });
  }

  #show(state: AccountState): void {
    this.#state = state;
    this.emit('change');
  }
}

function invitationRequest(invitation: { id: string } | { token: string }, answer: 'accept' | 'decline'): RestRequest {
  if ('token' in invitation) return { path: `/v1/invitations/${answer}`, body: { token: invitation.token } };
  return { path: `/v1/invitations/${encodeURIComponent(invitation.id)}/${answer}`, method: 'POST' };
}

function withQuery(path: string, values: PageOptions & { archived?: 'true'; before?: string }): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query.size > 0 ? `${path}?${query}` : path;
}

/** Milliseconds: the messages of years over a slow line. */
const EXPORT_TIMEOUT = 120_000;
