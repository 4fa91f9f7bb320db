import { type RefreshIn, type SessionTokens, sessionTokensSchema } from '@waterbus/protocol';
import { coded, codeOf, isPassing } from '../failures.js';
import { request, understood } from '../rest/rest-request.js';
import type { KeptSignIn, SignInStore } from './sign-in-store.js';

interface AccessToken {
  token: string;
  userId: string;
  /** Milliseconds since 1970, by this machine's clock. */
  expiresAt: number;
}

/**
 * The tokens of a user: the access token in memory, the refresh token in a cookie or in the store.
 * Each refresh token is good once, so all callers share one renewal, and so do all tabs where the
 * browser has locks; without locks, the server accepts two simultaneous uses as a repetition.
 */
export class SignIn {
  readonly #server: string | undefined;
  readonly #store: SignInStore;
  readonly #refreshIn: RefreshIn;
  /** Called when the server has ended the session. */
  readonly #ended: () => void;
  #access: AccessToken | undefined;
  #renewal: Promise<string> | undefined;

  constructor(options: {
    server: string | undefined;
    store: SignInStore;
    refreshIn: RefreshIn;
    ended: () => void;
  }) {
    this.#server = options.server;
    this.#store = options.store;
    this.#refreshIn = options.refreshIn;
    this.#ended = options.ended;
  }

  /** Undefined: no user is signed in. */
  get userId(): string | undefined {
    return this.#store.read()?.userId;
  }

  begin(tokens: SessionTokens): void {
    this.#remember(tokens);
    this.#store.write(keptOf(tokens));
  }

  /** In memory; it may have expired. */
  get currentToken(): string | undefined {
    return this.#current()?.token;
  }

  /** Signs out here only; does not notify the server. */
  forget(): void {
    this.#access = undefined;
    this.#store.write(undefined);
  }

  /**
   * A token that stays valid for a while. Rejects with `account.required`, or with the reason why
   * renewing failed.
   */
  async token(): Promise<string> {
    const access = this.#current();
    const left = access ? access.expiresAt - Date.now() : 0;
    if (access && left > RENEW_BEFORE) return access.token;
    try {
      return await this.#renew();
    } catch (error) {
      if (access && left > 0 && isPassing(error)) return access.token;
      throw error;
    }
  }

  /**
   * Sends a request with an access token, and once more with another one when the server refuses
   * the first.
   */
  async authorized<T>(ask: (token: string) => Promise<T>): Promise<T> {
    const token = await this.token();
    try {
      return await ask(token);
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
      if (this.#access?.token === token) this.#access = undefined;
      return ask(await this.token());
    }
  }

  /**
   * The token of the user whom the store names now: another user may have signed in in another tab.
   */
  #current(): AccessToken | undefined {
    return this.#access?.userId === this.userId ? this.#access : undefined;
  }

  #renew(): Promise<string> {
    this.#renewal ??= oneTabAtATime(() => this.#renewNow()).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renewNow(): Promise<string> {
    for (;;) {
      const kept = this.#store.read();
      if (!kept) throw coded('account.required');
      try {
        const tokens = await this.#refresh(kept.refreshToken);
        const now = this.#store.read();
        // The user signed out while the answer was on its way: the answer must not sign a user in
        // again.
        if (now?.userId !== kept.userId) throw coded('account.required');
        if (tokens.userId !== kept.userId) return this.#followCookie(tokens);
        // A refresh token in the cookie is not stored; a token from before the cookie is removed.
        if (isSame(now, kept) && (tokens.refreshToken ?? kept.refreshToken) !== undefined)
          this.#store.write(keptOf(tokens));
        return this.#remember(tokens);
      } catch (error) {
        if (!isTokenRefused(error) && codeOf(error) !== 'session_token.reused') throw error;
        const now = this.#store.read();
        // Another tab has renewed it meanwhile: its token is valid.
        if (now && !isSame(now, kept)) continue;
        this.forget();
        this.#ended();
        throw coded('account.required');
      }
    }
  }

  /**
   * The cookie belongs to another user than the page assumes: requests of the one must not run as
   * the other.
   */
  #followCookie(tokens: SessionTokens): never {
    this.begin(tokens);
    this.#ended();
    throw coded('account.required');
  }

  /**
   * Repeated at once when the answer was lost: the server accepts a repetition only for a moment.
   */
  async #refresh(refreshToken: string | undefined): Promise<SessionTokens> {
    const ask = async () => {
      const path = '/v1/sessions/refresh';
      const body = { refreshToken, refreshIn: this.#refreshIn };
      // Without a bearer token: the server would refuse an expired one.
      return understood(
        sessionTokensSchema,
        await request({
          server: this.#server,
          path,
          body,
          timeout: REFRESH_TIMEOUT,
          cookies: this.#refreshIn === 'cookie',
        }),
      );
    };
    try {
      return await ask();
    } catch (error) {
      if (codeOf(error) !== 'network.unreachable') throw error;
      return ask();
    }
  }

  #remember({ userId, accessToken: token, expiresIn }: SessionTokens): string {
    this.#access = { token, userId, expiresAt: Date.now() + expiresIn * 1000 };
    return token;
  }
}

function keptOf({ userId, refreshToken }: SessionTokens): KeptSignIn {
  // `crypto.randomUUID` exists on secure pages only.
  return refreshToken === undefined ? { userId, begun: `${Date.now()}-${Math.random()}` } : { userId, refreshToken };
}

function isSame(one: KeptSignIn, other: KeptSignIn): boolean {
  return one.refreshToken === other.refreshToken && one.begun === other.begun;
}

/** The access token (or the refresh token) is not valid any more. */
function isTokenRefused(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'token.invalid' || code === 'token.expired';
}

/** Browsers have locks on secure pages only. A tab that holds one for too long is skipped. */
async function oneTabAtATime(work: () => Promise<string>): Promise<string> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return work();
  let begun = false;
  try {
    return await locks.request(LOCK, { signal: AbortSignal.timeout(LOCK_TIMEOUT) }, () => {
      begun = true;
      return work();
    });
  } catch (error) {
    if (begun) throw error;
    return work();
  }
}

const LOCK = 'waterbus.sign-in';

/**
 * Milliseconds before its end at which an access token is renewed: longer than any request takes.
 */
const RENEW_BEFORE = 60_000;

/** Milliseconds: two of them fit into the 10 s in which the server takes a refresh token twice. */
const REFRESH_TIMEOUT = 4_000;

/** Milliseconds: one tab's renewal with its repetition. */
const LOCK_TIMEOUT = 9_000;
