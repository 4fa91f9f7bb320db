import {
  addedPasskeySchema,
  confirmedTotpSchema,
  type NewTotp,
  newTotpSchema,
  type Passkey,
  passkeyOptionsSchema,
  passkeySchema,
  recoveryCodesSchema,
  type SecondFactors,
  secondFactorsSchema,
} from '@waterbus/protocol';
import { type RestRequest, understood } from '../rest/rest-request.js';
import { createPasskey, usePasskey } from './passkeys.js';

/**
 * Proves again that the user is present. `code` or `recoveryCode` where the account has a second
 * factor.
 */
export type SessionProof = { password: string; code?: string; recoveryCode?: string } | { passkey: true };

/**
 * The protection of the account. Methods that change it reject with
 * `account.reauthentication_required` unless the user signed in, or confirmed, within the last 10
 * minutes.
 */
export class AccountSecurity {
  readonly #ask: (of: RestRequest) => Promise<unknown>;

  constructor(ask: (of: RestRequest) => Promise<unknown>) {
    this.#ask = ask;
  }

  async factors(): Promise<SecondFactors> {
    return understood(secondFactorsSchema, await this.#ask({ path: '/v1/me/second-factors' }));
  }

  /**
   * Counts as signing in. Rejects with `account.wrong_password`, `second_factor.required`,
   * `second_factor.wrong_code`, `passkey.refused`.
   */
  async confirm(proof: SessionProof): Promise<void> {
    const body = 'passkey' in proof ? { passkey: await usePasskey(await this.#passkeyOptions()) } : proof;
    await this.#ask({ path: '/v1/sessions/current/confirm', body });
  }

  /**
   * Begins to set up an authenticator app. Rejects with `second_factor.exists`,
   * `account.not_verified`.
   */
  async beginTotp(): Promise<NewTotp> {
    return understood(newTotpSchema, await this.#ask({ path: '/v1/me/totp', method: 'POST' }));
  }

  /**
   * Sign-ins require a code from now on. Answers recovery codes, to be shown once; null when the
   * user has some. Rejects with `second_factor.wrong_code`.
   */
  async confirmTotp(code: string): Promise<string[] | null> {
    return understood(confirmedTotpSchema, await this.#ask({ path: '/v1/me/totp/confirm', body: { code } }))
      .recoveryCodes;
  }

  async removeTotp(): Promise<void> {
    await this.#ask({ path: '/v1/me/totp', method: 'DELETE' });
  }

  /** New codes, to be shown once; the former ones become invalid. */
  async renewRecoveryCodes(): Promise<string[]> {
    const answer = await this.#ask({ path: '/v1/me/recovery-codes', method: 'POST' });
    return understood(recoveryCodesSchema, answer).recoveryCodes;
  }

  /**
   * Creates a passkey in the browser. `recoveryCodes` as with `confirmTotp`. Rejects with
   * `passkey.cancelled`, `passkey.exists` when the authenticator already holds one of this account,
   * `browser.unsupported`, `account.not_verified`.
   */
  async addPasskey(name: string): Promise<{ passkey: Passkey; recoveryCodes: string[] | null }> {
    const begun = await this.#ask({ path: '/v1/me/passkeys/options', method: 'POST' });
    const made = await createPasskey(understood(passkeyOptionsSchema, begun));
    return understood(addedPasskeySchema, await this.#ask({ path: '/v1/me/passkeys', body: { ...made, name } }));
  }

  async renamePasskey(id: string, name: string): Promise<Passkey> {
    return understood(passkeySchema, await this.#ask({ path: passkeyPath(id), method: 'PATCH', body: { name } }));
  }

  /** Rejects with `identity.last`. */
  async removePasskey(id: string): Promise<void> {
    await this.#ask({ path: passkeyPath(id), method: 'DELETE' });
  }

  async #passkeyOptions() {
    return understood(passkeyOptionsSchema, await this.#ask({ path: '/v1/sessions/passkey/options', body: {} }));
  }
}

function passkeyPath(id: string): string {
  return `/v1/me/passkeys/${encodeURIComponent(id)}`;
}
