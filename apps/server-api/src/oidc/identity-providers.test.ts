import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IdentityProviderUnderTest, PUBLIC_CLIENT, startIdentityProvider } from '../../test/identity-provider.js';
import { type IdentityProviderSettings, IdentityProviders } from './identity-providers.js';

const publicUrl = 'https://meet.example.org';
const clock = new VirtualClock();
const good = { id: 'test', name: 'Test provider', issuer: 'https://id.example.org', clientId: 'waterbus' };
const newProviders = (...identityProviders: IdentityProviderSettings[]) =>
  new IdentityProviders({ identityProviders, publicUrl }, clock);

describe('a provider', () => {
  let provider: IdentityProviderUnderTest;
  beforeAll(async () => {
    provider = await startIdentityProvider(`${publicUrl}/v1/identity-providers/test/callback`);
    provider.accounts.set('ada', { email: 'ada@example.org', email_verified: true, name: 'Ada' });
  });
  afterAll(() => provider.close());

  const signIn = async (providers: IdentityProviders) => {
    const { authorizationUrl, checks } = await providers.begin('test');
    return { query: (await provider.signIn(authorizationUrl, 'ada')).search.slice(1), checks };
  };

  it('accepts a client without a secret, by PKCE alone', async () => {
    const providers = newProviders({ ...good, issuer: provider.issuer, clientId: PUBLIC_CLIENT });
    const { query, checks } = await signIn(providers);
    expect(await providers.finish('test', query, checks)).toEqual({
      issuer: provider.issuer,
      subject: 'ada',
      email: 'ada@example.org',
      emailVerified: true,
      name: 'Ada',
    });
  });

  it('refuses a wrong secret, which fails the sign-in', async () => {
    const providers = newProviders({ ...good, issuer: provider.issuer, clientSecret: 'not the one' });
    const { query, checks } = await signIn(providers);
    await expect(providers.finish('test', query, checks)).rejects.toMatchObject({ code: 'account.sign_in_failed' });
  });

  it('may become unreachable before its answer', async () => {
    const another = await startIdentityProvider(`${publicUrl}/v1/identity-providers/test/callback`);
    const providers = newProviders({ ...good, issuer: another.issuer, clientSecret: another.clientSecret });
    const { authorizationUrl, checks } = await providers.begin('test');
    const { search } = await another.signIn(authorizationUrl, 'ada');
    await another.close();
    const unavailable = { code: 'server.unavailable' };
    await expect(providers.finish('test', search.slice(1), checks)).rejects.toMatchObject(unavailable);
    // The discovery is cached for an hour, then requested again.
    await providers.begin('test');
    await clock.advance(3_600_000);
    await expect(providers.begin('test')).rejects.toMatchObject(unavailable);
  });
});

describe('settings of providers', () => {
  it('must be valid', () => {
    expect(newProviders(good).list()).toEqual([{ id: 'test', name: 'Test provider' }]);
    expect(() => new IdentityProviders({ identityProviders: [good] }, clock)).toThrow(/public address/);
    for (const issuer of ['http://id.example.org', 'http://127.0.0.1.example.org', 'id.example.org', 'ftp://a']) {
      expect(() => newProviders({ ...good, issuer })).toThrow(/must be an https: address/);
    }
    expect(() => newProviders({ ...good, id: 'A/b' })).toThrow(/needs an id/);
    expect(() => newProviders(good, good)).toThrow(/the same id/);
  });
});
