import { CodedError, type RefreshIn, type SessionTokens } from '@waterbus/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IDLE_LIFETIME } from './sessions.js';

/**
 * Keeps the refresh token of our own page in a cookie, which its scripts cannot read. Only
 * refreshing and signing out read it. Both serve the page of this very origin alone, because a
 * browser also sends cookies with requests of other sites.
 */
export class SessionCookie {
  readonly #publicUrl: string | undefined;

  constructor(options: { publicUrl?: string }) {
    this.#publicUrl = options.publicUrl;
  }

  /**
   * The tokens of the answer: with `cookie` the refresh token leaves in a cookie only. Rejects with
   * `permission.denied`.
   */
  send(request: FastifyRequest, reply: FastifyReply, refreshIn: RefreshIn, tokens: SessionTokens): SessionTokens {
    if (refreshIn === 'body') return tokens;
    const { refreshToken, ...rest } = tokens;
    const cookie = this.#cookie(request);
    reply.setCookie(cookie.name, refreshToken ?? '', { ...cookie.attributes, maxAge: IDLE_LIFETIME });
    return rest;
  }

  /**
   * Undefined: the browser has none. Rejects with `permission.denied` if another site may have sent
   * the request.
   */
  read(request: FastifyRequest): string | undefined {
    return request.cookies[this.#cookie(request).name] || undefined;
  }

  /** Removes it if the request comes from its own page. */
  clear(request: FastifyRequest, reply: FastifyReply): void {
    if (this.#ownOrigin(request) === undefined) return;
    const { name, attributes } = this.#cookie(request);
    if (request.cookies[name] !== undefined) reply.clearCookie(name, attributes);
  }

  /** Rejects with `permission.denied` unless the request comes from our own page. */
  checkOrigin(request: FastifyRequest): void {
    this.#cookie(request);
  }

  /** Cookies ignore ports, and several servers may share a host: the port is part of the name. */
  #cookie(request: FastifyRequest) {
    const origin = this.#ownOrigin(request);
    if (origin === undefined)
      throw new CodedError('permission.denied', 'The cookie is for the page of this origin only');
    const secure = origin.protocol === 'https:';
    const name = `${NAME}${origin.port ? `-${origin.port}` : ''}`;
    // `__Host-` prevents other hosts of the domain and http from setting it; it requires the path
    // `/` (RFC 6265bis section 4.1.3.2).
    return {
      name: secure ? `__Host-${name}` : name,
      attributes: { path: secure ? '/' : PATH, httpOnly: true, secure, sameSite: 'strict' as const },
    };
  }

  /**
   * The origin of the requesting page, as its browser reports it. Browsers send `Origin` with every
   * request that changes state, and pages cannot set it; if they also send `Sec-Fetch-Site`, that
   * header decides.
   */
  #ownOrigin(request: FastifyRequest): URL | undefined {
    const { origin } = request.headers;
    const site = request.headers['sec-fetch-site'];
    if (origin === undefined || !URL.canParse(origin)) return undefined;
    const url = new URL(origin);
    if (site !== undefined) return site === 'same-origin' ? url : undefined;
    return url.host === request.host || url.origin === this.#publicUrl ? url : undefined;
  }
}

const NAME = 'waterbus-session';

/** Of the routes that read it. */
const PATH = '/v1/sessions';
