import { identityProvidersSchema } from '@waterbus/protocol';
import { request, understood } from './rest-request.js';

/** An external account server at which users can sign in. */
export interface IdentityProvider {
  id: string;
  /** The display name: "Continue with …". */
  name: string;
}

/** The identity providers for signing in; often none. */
export async function getIdentityProviders({ server }: { server?: string } = {}): Promise<IdentityProvider[]> {
  return understood(identityProvidersSchema, await request({ server, path: '/v1/identity-providers' })).items;
}

/**
 * Requests a mail with which a new password can be set. The answer does not reveal whether an
 * account with this address exists.
 *
 * @throws {WaterbusError} `mail.not_configured`, `request.rate_limited`, `network.unreachable`.
 */
export async function requestPasswordReset({ server, email }: { server?: string; email: string }): Promise<void> {
  await request({ server, path: '/v1/password-resets', body: { email } });
}

/**
 * Sets a new password (10-128 characters) with the token that was mailed, and ends all sessions and
 * tokens that were issued to the account before.
 *
 * @throws {WaterbusError} `token.invalid`, `token.expired`, `network.unreachable`.
 */
export async function resetPassword(options: { server?: string; token: string; newPassword: string }): Promise<void> {
  const { server, ...body } = options;
  await request({ server, path: '/v1/password-resets/confirm', body, cookies: true });
}

/**
 * Verifies the address of the requesting account with the token that was mailed to it.
 *
 * @throws {WaterbusError} `token.invalid`, `token.expired`, `account.required`,
 * `account.other_account`, `network.unreachable`.
 */
export async function confirmEmail(options: {
  server?: string;
  token: string;
  accessToken: string | undefined;
}): Promise<void> {
  const { server, token, accessToken } = options;
  await request({ server, path: '/v1/email-verifications/confirm', body: { token }, token: accessToken });
}
