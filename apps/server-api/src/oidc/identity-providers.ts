import type { Clock } from '@waterbus/cluster';
import { CodedError } from '@waterbus/protocol';
import * as openid from 'openid-client';

/** An OpenID Connect provider. */
export interface IdentityProviderSettings {
  /** In addresses: letters, digits, `-`. */
  id: string;
  /** The name that people know. */
  name: string;
  issuer: string;
  clientId: string;
  /** Omitted by public clients, which use PKCE alone. */
  clientSecret?: string;
}

/** Values that the provider's answer to a sign-in must match. */
export interface SignInChecks {
  state: string;
  nonce: string;
  pkceCodeVerifier: string;
}

/** The identity that the provider signed in. */
export interface IdentityClaims {
  issuer: string;
  subject: string;
  /** As the provider writes it. */
  email: string | undefined;
  emailVerified: boolean;
  name: string | undefined;
}

/** The OpenID Connect providers of the settings, discovered at their first use. */
export class IdentityProviders {
  readonly #settings: IdentityProviderSettings[];
  readonly #clock: Clock;
  readonly #origin: string;
  readonly #discovered = new Map<string, { at: number; configuration: Promise<openid.Configuration> }>();

  /** Throws when the settings are invalid. */
  constructor(options: { identityProviders?: IdentityProviderSettings[]; publicUrl?: string }, clock: Clock) {
    this.#settings = options.identityProviders ?? [];
    this.#clock = clock;
    if (this.#settings.length > 0 && options.publicUrl === undefined) {
      throw new Error('Identity providers need the public address of the web app, to which they send people back');
    }
    this.#origin = options.publicUrl === undefined ? '' : new URL(options.publicUrl).origin;
    this.#settings.forEach(checkSettings);
    if (new Set(this.#settings.map(({ id }) => id)).size < this.#settings.length) {
      throw new Error('Two identity providers have the same id');
    }
  }

  /** The origin of the web app, to which every browser returns. */
  get origin(): string {
    return this.#origin;
  }

  list(): { id: string; name: string }[] {
    return this.#settings.map(({ id, name }) => ({ id, name }));
  }

  knows(id: string): boolean {
    return this.#settings.some((one) => one.id === id);
  }

  /** Undefined: the settings no longer name it. */
  withIssuer(issuer: string): { id: string; name: string } | undefined {
    const found = this.#settings.find((one) => sameIssuer(one.issuer, issuer));
    return found && { id: found.id, name: found.name };
  }

  /**
   * The address to which the browser is sent. Rejects with `request.not_found`, or
   * `server.unavailable` while the provider is unreachable.
   */
  async begin(id: string): Promise<{ authorizationUrl: string; checks: SignInChecks }> {
    const configuration = await this.#configuration(id);
    const checks = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      pkceCodeVerifier: openid.randomPKCECodeVerifier(),
    };
    const url = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri(id),
      scope: 'openid email profile',
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    return { authorizationUrl: url.href, checks };
  }

  /**
   * Exchanges the code that the browser brought back and reads the identity. `query`: of the
   * callback's address. Rejects with `account.sign_in_failed` or `server.unavailable`.
   */
  async finish(id: string, query: string, checks: SignInChecks): Promise<IdentityClaims> {
    const configuration = await this.#configuration(id);
    try {
      const tokens = await openid.authorizationCodeGrant(configuration, new URL(`${this.#redirectUri(id)}?${query}`), {
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        pkceCodeVerifier: checks.pkceCodeVerifier,
        idTokenExpected: true,
      });
      const idToken = tokens.claims();
      if (!idToken) throw new CodedError('account.sign_in_failed', 'There was no ID token');
      // OpenID Connect Core section 5.4: with a code, the claims of the scopes may be in the user
      // info only.
      const more =
        idToken.email === undefined && configuration.serverMetadata().userinfo_endpoint
          ? await openid.fetchUserInfo(configuration, tokens.access_token, idToken.sub)
          : idToken;
      return {
        issuer: idToken.iss,
        subject: idToken.sub,
        email: textOf(more.email),
        // Some providers send it as text.
        emailVerified: more.email_verified === true || String(more.email_verified) === 'true',
        name: textOf(more.name) ?? textOf(idToken.name) ?? textOf(more.preferred_username),
      };
    } catch (error) {
      throw codedError(error);
    }
  }

  #redirectUri(id: string): string {
    return `${this.#origin}/v1/identity-providers/${id}/callback`;
  }

  /** One discovery for all concurrent callers; the next caller repeats a failed one. */
  async #configuration(id: string): Promise<openid.Configuration> {
    const settings = this.#settings.find((one) => one.id === id);
    if (!settings) throw new CodedError('request.not_found');
    const cached = this.#discovered.get(id);
    if (cached && this.#clock.now() - cached.at < DISCOVERY_LIFETIME) return cached.configuration;
    const discovery = { at: this.#clock.now(), configuration: discover(settings) };
    this.#discovered.set(id, discovery);
    try {
      return await discovery.configuration;
    } catch {
      if (this.#discovered.get(id) === discovery) this.#discovered.delete(id);
      throw new CodedError('server.unavailable', `${settings.name} does not answer`);
    }
  }
}

function discover({ issuer, clientId, clientSecret }: IdentityProviderSettings): Promise<openid.Configuration> {
  const authentication = clientSecret === undefined ? openid.None() : secretAuthentication(clientSecret);
  return openid.discovery(new URL(issuer), clientId, undefined, authentication, {
    timeout: PROVIDER_TIMEOUT,
    execute: new URL(issuer).protocol === 'http:' ? [openid.allowInsecureRequests] : [],
  });
}

/**
 * In the Authorization header, the default (OpenID Connect Discovery section 3), or in the body if
 * the provider accepts it only there.
 */
function secretAuthentication(clientSecret: string): openid.ClientAuth {
  const [inHeader, inBody] = [openid.ClientSecretBasic(clientSecret), openid.ClientSecretPost(clientSecret)];
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    (methods.includes('client_secret_basic') ? inHeader : inBody)(server, client, body, headers);
  };
}

function checkSettings({ id, issuer }: IdentityProviderSettings): void {
  if (!/^[a-z0-9-]{1,32}$/.test(id)) {
    throw new Error(`The identity provider ${JSON.stringify(id)} needs an id of 1 to 32 small letters, digits and -`);
  }
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  // Plain http is allowed only where nobody else can listen: a provider on the same machine, as in
  // tests.
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (!safe) throw new Error(`The issuer of the identity provider ${id} must be an https: address`);
}

/**
 * The error for the person. A network error or a failure of the provider is temporary; all others
 * are permanent.
 */
function codedError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  const status = cause instanceof Response ? cause.status : 0;
  const unavailable = code === 'OAUTH_TIMEOUT' || status >= 500 || (error instanceof TypeError && code === undefined);
  // The causes of these errors contain codes and tokens: only the message is kept.
  return new CodedError(unavailable ? 'server.unavailable' : 'account.sign_in_failed', (error as Error).message);
}

function sameIssuer(one: string, other: string): boolean {
  return one.replace(/\/$/, '') === other.replace(/\/$/, '');
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' ? claim : undefined;
}

/** Milliseconds: the server follows moved endpoints of a provider within an hour. */
const DISCOVERY_LIFETIME = 3_600_000;

/** Seconds: the user sees an empty page in the meantime. */
const PROVIDER_TIMEOUT = 10;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
