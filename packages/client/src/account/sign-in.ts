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
 * The tokens of a user: the access token in memory, the refresh token in a cookie or in the store. Each refresh token is good once, so all callers
 * share one renewal, and so do all tabs where the browser has locks; without, the server takes two at once for a repetition.
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

  /** Undefined: nobody is signed in. */
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

  /** Here only; the server is not told. */
  forget(): void {
    this.#access = undefined;
    this.#store.write(undefined);
  }

  /** One that is valid for a while yet. Rejects with `account.required`, or with what made renewing fail. */
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

  /** Asks with an access token, and once more with another one when the server does not take it any more. */
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

  /** Of the user whom the store names now: in another tab somebody else may have signed in. */
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
        // Signed out while the answer was on its way: it must not sign anybody in again.
        if (now?.userId !== kept.userId) throw coded('account.required');
        if (tokens.userId !== kept.userId) return this.#followCookie(tokens);
        // What is in the cookie need not be written down; a token from before the cookie is not kept any longer.
        if (isSame(now, kept) && (tokens.refreshToken ?? kept.refreshToken) !== undefined)
          this.#store.write(keptOf(tokens));
        return this.#remember(tokens);
      } catch (error) {
        if (!isTokenRefused(error) && codeOf(error) !== 'session_token.reused') throw error;
        const now = this.#store.read();
        // Another tab has renewed it meanwhile: its token counts.
        if (now && !isSame(now, kept)) continue;
        this.forget();
        this.#ended();
        throw coded('account.required');
      }
    }
  }

  /** The cookie is of another user than the page thinks: what was asked for the one must not be done as the other. */
  #followCookie(tokens: SessionTokens): never {
    this.begin(tokens);
    this.#ended();
    throw coded('account.required');
  }

  /** Asked again at once when the answer was lost: the server forgives a repetition, but only for a moment. */
  async #refresh(refreshToken: string | undefined): Promise<SessionTokens> {
    const ask = async () => {
      const path = '/v1/sessions/refresh';
      const body = { refreshToken, refreshIn: this.#refreshIn };
      // Without a bearer token: one that is out of date would be refused.
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
  // `crypto.randomUUID` is there on secure pages only.
  return refreshToken === undefined ? { userId, begun: `${Date.now()}-${Math.random()}` } : { userId, refreshToken };
}

function isSame(one: KeptSignIn, other: KeptSignIn): boolean {
  return one.refreshToken === other.refreshToken && one.begun === other.begun;
}

/** The access token (or the refresh token) does not count any more. */
function isTokenRefused(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'token.invalid' || code === 'token.expired';
}

/** Browsers have locks on secure pages only. A tab that holds one for too long is passed by. */
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

/** Milliseconds before its end at which an access token is renewed: longer than any request takes. */
const RENEW_BEFORE = 60_000;

/** Milliseconds: two of them fit into the 10 s in which the server takes a refresh token twice. */
const REFRESH_TIMEOUT = 4_000;

/** Milliseconds: one tab's renewal with its repetition. */
const LOCK_TIMEOUT = 9_000;
