import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

/** The provider's claims about one of its accounts. */
export interface ProviderAccount {
  email?: string;
  email_verified?: boolean;
  name?: string;
}

export interface IdentityProviderUnderTest {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** By subject; may be changed at any time. */
  accounts: Map<string, ProviderAccount>;
  /**
   * Follows the provider's pages in a new browser, and returns the address to which it sends the
   * browser back.
   */
  signIn(authorizationUrl: string, subject: string): Promise<URL>;
  close(): Promise<void>;
}

/** A client without a secret. */
export const PUBLIC_CLIENT = 'waterbus-public';

/** A certified OpenID Connect provider on a free port of this machine. */
export async function startIdentityProvider(redirectUri: string): Promise<IdentityProviderUnderTest> {
  const http = createServer();
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const accounts = new Map<string, ProviderAccount>();
  const [clientId, clientSecret] = ['waterbus', 'the secret of the client, and long enough'];
  const provider = new Provider(issuer, {
    clients: [
      { client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] },
      { client_id: PUBLIC_CLIENT, token_endpoint_auth_method: 'none', redirect_uris: [redirectUri] },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    cookies: { keys: ['signs the cookies of the provider'] },
    findAccount: (_context: unknown, subject: string) => ({
      accountId: subject,
      claims: () => ({ sub: subject, ...accounts.get(subject) }),
    }),
  });
  http.on('request', provider.callback());
  return {
    issuer,
    clientId,
    clientSecret,
    accounts,
    signIn: (authorizationUrl, subject) => goThrough(authorizationUrl, subject, issuer),
    close: async () => {
      http.close();
      http.closeAllConnections();
      await once(http, 'close');
    },
  };
}

/**
 * Follows redirects, and submits the forms for sign-in and for consent, until a redirect leaves the
 * provider.
 */
async function goThrough(authorizationUrl: string, subject: string, issuer: string): Promise<URL> {
  const jar = new Map<string, string>();
  let url = new URL(authorizationUrl);
  let form: URLSearchParams | undefined;
  while (url.origin === issuer) {
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form,
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value) jar.set(name, value);
      else jar.delete(name);
    }
    const page = await response.text();
    const location = response.headers.get('location');
    const [, action] = /<form[^>]* action="([^"]+)"/.exec(page) ?? [];
    if (!location && !action) throw new Error(`The provider answered ${response.status}: ${page}`);
    url = new URL(location ?? action ?? '', url);
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? '';
    form = location ? undefined : new URLSearchParams({ prompt, login: subject, password: 'any' });
  }
  return url;
}
