import { vi } from 'vitest';

export interface ApiRequest {
  method: string;
  path: string;
  token: string | undefined;
  body: unknown;
  credentials: RequestCredentials | undefined;
}

export const user = {
  id: '3f6c1b3e-0000-4000-8000-000000000001',
  email: 'ada@example.org',
  emailVerified: false,
  name: 'Ada',
  avatarUrl: null,
  hasPassword: true,
  administrator: false,
  createdAt: '2026-01-01T00:00:00.000Z',
};

/**
 * The account part of Server API, behind `fetch`: one user, whose refresh tokens are good once, as
 * the real ones are.
 */
export class AccountServer {
  readonly requested: ApiRequest[] = [];
  /** Seconds. */
  expiresIn = 900;
  /**
   * The answers to the next requests to a path: a problem's code, or an answer that is lost on its
   * way.
   */
  readonly faults: { path: string; fault: 'lost' | { status: number; code: string } }[] = [];
  /** The required second factor of a sign-in; undefined: none. */
  secondFactor: { token: string; methods: string[]; expiresIn: number } | undefined;
  /** The user of the issued tokens. */
  userId = user.id;
  /** Answers to refresh requests wait until this resolves. */
  gate: Promise<void> | undefined;
  /** The browser's cookie: the generation of its token. */
  cookie: number | undefined;
  #generation = 0;
  #rotatedAt = 0;
  #ended = true;

  constructor() {
    vi.stubGlobal('fetch', (url: URL, init: RequestInit) => this.#answer(url, init));
  }

  /** Ends the session, as from another device. */
  endSession(): void {
    this.#ended = true;
  }

  of(path: string): ApiRequest[] {
    return this.requested.filter((one) => one.path.split('?')[0] === path);
  }

  async #answer(url: URL, init: RequestInit): Promise<Response> {
    const headers = init.headers as Record<string, string>;
    const token = headers.authorization?.replace('Bearer ', '');
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : init.body;
    const path = url.pathname + url.search;
    const requested = { method: init.method ?? 'GET', path, token, body, credentials: init.credentials };
    this.requested.push(requested);
    const index = this.faults.findIndex((one) => one.path === url.pathname);
    const fault = index < 0 ? undefined : this.faults.splice(index, 1)[0]?.fault;
    const refused = fault && fault !== 'lost' ? problem(fault.status, fault.code) : undefined;
    const response = refused ?? this.#carryOut(requested, url.pathname);
    if (path === '/v1/sessions/current' && response.ok && requested.credentials === 'same-origin')
      this.cookie = undefined;
    if (url.pathname === '/v1/sessions/refresh') await this.gate;
    if (fault === 'lost') throw new TypeError('Failed to fetch');
    return response;
  }

  #carryOut({ method, path, token, body }: ApiRequest, pathname: string): Response {
    const refreshIn = (body as { refreshIn?: string } | undefined)?.refreshIn;
    // An invalid bearer token is refused on every path.
    if (token !== undefined && (this.#ended || !token.startsWith('access'))) return problem(401, 'token.invalid');
    const firstStep = ['/v1/sessions', '/v1/identity-providers/sign-in/complete'].includes(pathname);
    if (method === 'POST' && firstStep && this.secondFactor) {
      return Response.json({ secondFactor: this.secondFactor }, { status: 202 });
    }
    const signsIn = firstStep || ['/v1/accounts', '/v1/sessions/second-factor'].includes(pathname);
    if (method === 'POST' && signsIn) {
      this.#ended = false;
      this.#generation += 10;
      return Response.json({ user, tokens: this.#tokens(refreshIn) }, { status: 201 });
    }
    if (pathname === '/v1/sessions/refresh') {
      const { refreshToken = `refresh${this.cookie}` } = body as { refreshToken?: string };
      return this.#refresh(refreshToken, refreshIn);
    }
    if (path === '/v1/sessions/current' && token === undefined && this.cookie !== undefined) {
      this.#ended = true;
      return new Response(null, { status: 204 });
    }
    if (pathname === '/v1/identity-providers/oidc/sign-in') {
      return Response.json({ authorizationUrl: 'https://id.example.org/?state=1' });
    }
    if (pathname === '/v1/sessions/passkey/options') return Response.json({ token: 't', options: { challenge: 'c' } });
    if (token === undefined) return problem(401, 'account.required');
    if (pathname === '/v1/me/second-factors') {
      return Response.json({ totp: false, passkeys: [], recoveryCodesLeft: 0, passkeysPossible: true });
    }
    if (pathname === '/v1/me/totp/confirm') return Response.json({ recoveryCodes: ['abcd-efgh'] });
    if (pathname === '/v1/sessions/current/confirm') return new Response(null, { status: 204 });
    if (path === '/v1/sessions/current') this.#ended = true;
    if (method === 'DELETE') return new Response(null, { status: 204 });
    if (pathname === '/v1/me/password') return new Response(null, { status: 204 });
    if (/^\/v1\/me(\/|$)/.test(pathname))
      return Response.json({ ...user, ...(method === 'PATCH' && (body as object)) });
    return Response.json({ items: [], nextCursor: 'next' });
  }

  #refresh(refreshToken: string, refreshIn: string | undefined): Response {
    const generation = Number(refreshToken.slice('refresh'.length));
    if (this.#ended) return problem(401, 'token.invalid');
    if (generation === this.#generation) {
      this.#generation += 1;
      this.#rotatedAt = Date.now();
      return Response.json(this.#tokens(refreshIn));
    }
    if (generation === this.#generation - 1 && Date.now() - this.#rotatedAt <= 10_000)
      return Response.json(this.#tokens(refreshIn));
    this.#ended = true;
    return problem(401, 'session_token.reused');
  }

  #tokens(refreshIn: string | undefined) {
    if (refreshIn === 'cookie') this.cookie = this.#generation;
    return {
      accessToken: `access${this.#generation}-${this.requested.length}`,
      expiresIn: this.expiresIn,
      userId: this.userId,
      ...(refreshIn !== 'cookie' && { refreshToken: `refresh${this.#generation}` }),
    };
  }
}

function problem(status: number, code: string): Response {
  return Response.json({ type: 'x', title: code, status, code }, { status });
}
