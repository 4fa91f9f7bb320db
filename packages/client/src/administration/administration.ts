import { type SettingsInForce, settingsInForceSchema } from '@waterbus/protocol';
import type { Account } from '../account/account.js';
import { type RestRequest, request, understood } from '../rest/rest-request.js';

/**
 * The administration of the server, for accounts of its setting `ADMINS`. For other accounts all
 * methods reject with `request.not_found`. Changes reject with `account.reauthentication_required`
 * when the session's sign-in, or its last confirmation, is older than 10 minutes.
 */
export class Administration {
  readonly #account: Pick<Account, 'asUser'>;
  readonly #server: string | undefined;

  /** `server`: origin of Server API; default: the page's own. */
  constructor(account: Pick<Account, 'asUser'>, { server }: { server?: string } = {}) {
    this.#account = account;
    this.#server = server;
  }

  /** Of the process that answers. */
  async settings(): Promise<SettingsInForce> {
    return understood(settingsInForceSchema, await this.#ask({ path: '/v1/admin/settings' }));
  }

  #ask(of: RestRequest): Promise<unknown> {
    return this.#account.asUser((token) =>
      request({ ...of, ...(this.#server !== undefined && { server: this.#server }), ...(token && { token }) }),
    );
  }
}
