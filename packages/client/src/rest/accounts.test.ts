import { afterEach, expect, it, vi } from 'vitest';
import { confirmEmail, getIdentityProviders, requestPasswordReset, resetPassword } from './accounts.js';

const server = 'https://meet.example.org';
afterEach(() => void vi.unstubAllGlobals());

function answer(response: Response) {
  const fetch = vi.fn(async (_url: URL, _init?: RequestInit) => response);
  vi.stubGlobal('fetch', fetch);
  return () => {
    const [url, init] = fetch.mock.calls[0]!;
    return { path: url.pathname + url.search, body: JSON.parse(String(init?.body ?? 'null')), headers: init?.headers };
  };
}

it('requests the identity providers', async () => {
  const requested = answer(Response.json({ items: [{ id: 'oidc', name: 'Example' }] }));
  await expect(getIdentityProviders({ server })).resolves.toEqual([{ id: 'oidc', name: 'Example' }]);
  expect(requested().path).toBe('/v1/identity-providers');
});

it('requests a mail, and accepts an answer without a body', async () => {
  const requested = answer(new Response(null, { status: 202 }));
  await expect(requestPasswordReset({ server, email: 'ada@example.org' })).resolves.toBeUndefined();
  expect(requested()).toMatchObject({ path: '/v1/password-resets', body: { email: 'ada@example.org' } });
});

it.each([
  ['/v1/password-resets/confirm', () => resetPassword({ server, token: 'secret', newPassword: 'battery staple' })],
  ['/v1/email-verifications/confirm', () => confirmEmail({ server, token: 'secret', accessToken: undefined })],
])('sends the mailed secret to %s in the body only', async (path, send) => {
  const requested = answer(new Response(null, { status: 204 }));
  await send();
  expect(requested().path).toBe(path);
  expect(requested().body.token).toBe('secret');
  expect(requested().headers).not.toHaveProperty('authorization');
});

it('rejects with token.invalid for a link that was used', async () => {
  answer(Response.json({ type: 'x', title: 'No', status: 401, code: 'token.invalid' }, { status: 401 }));
  await expect(confirmEmail({ server, token: 'secret', accessToken: 'a.b.c' })).rejects.toMatchObject({
    code: 'token.invalid',
  });
});
