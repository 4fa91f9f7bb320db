import { createHash, randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiTokens } from './access-tokens.js';

/** The secrets that one request's device has shown before. */
export interface Device {
  /**
   * The device's id if it has shown this secret of the target before: its attempts are counted
   * apart from those of unknown devices.
   */
  knows(target: string, secretHash: string | null | undefined): Promise<string | undefined>;
  /** The device has just shown it. */
  remember(target: string, secretHash: string): Promise<void>;
}

/**
 * Devices with an earlier sign-in or join with the password (OWASP: device cookies). An attacker
 * elsewhere uses up only the attempts of unknown devices and locks nobody out of their own account.
 * A signed cookie holds digests of the shown secrets; a changed secret has to be shown again.
 * Scripts cannot read it, and it proves nothing else.
 */
export class KnownDevices {
  readonly #tokens: ApiTokens;
  readonly #secure: boolean;

  /** `secure`: browsers connect over https, even if a request does not look like it. */
  constructor(tokens: ApiTokens, secure: boolean) {
    this.#tokens = tokens;
    this.#secure = secure;
  }

  of(request: FastifyRequest, reply?: FastifyReply): Device {
    return {
      knows: async (target, secretHash) => {
        if (!secretHash) return undefined;
        const held = this.#held(request);
        return held?.shown.includes(digest(target, secretHash)) ? held.id : undefined;
      },
      remember: async (target, secretHash) => {
        const held = this.#held(request);
        const secure = this.#overHttps(request);
        const one = digest(target, secretHash);
        const shown = [one, ...(held?.shown ?? []).filter((other) => other !== one)].slice(0, MOST_SHOWN);
        const token = this.#tokens.sign(AUDIENCE, { jti: held?.id ?? randomUUID(), shown }, LIFETIME);
        const attributes = {
          path: '/',
          httpOnly: true,
          sameSite: 'strict',
          secure,
          maxAge: LIFETIME,
        } as const;
        reply?.setCookie(nameOf(secure), token, attributes);
      },
    };
  }

  #overHttps(request: FastifyRequest): boolean {
    return this.#secure || request.protocol === 'https';
  }

  #held(request: FastifyRequest): { id: string; shown: string[] } | undefined {
    const token = request.cookies[nameOf(this.#overHttps(request))];
    if (!token) return undefined;
    try {
      const { jti, shown } = this.#tokens.read(token, AUDIENCE);
      return { id: String(jti), shown: shown as string[] };
    } catch {
      return undefined;
    }
  }
}

/**
 * `__Host-` prevents other hosts of the domain and http from setting it (RFC 6265bis section
 * 4.1.3.2).
 */
function nameOf(secure: boolean): string {
  return secure ? `__Host-${NAME}` : NAME;
}

/** Changes with the secret. */
function digest(target: string, secretHash: string): string {
  return createHash('sha256').update(`${target} ${secretHash}`).digest('base64url').slice(0, 16);
}

const NAME = 'waterbus-device';
const AUDIENCE = 'waterbus:device';

/** Seconds: half a year, restarted by each success. */
const LIFETIME = 180 * 86_400;

/** The most recent accounts and meetings: a cookie of about half a kilobyte. */
const MOST_SHOWN = 20;
