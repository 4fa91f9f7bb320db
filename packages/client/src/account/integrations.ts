import {
  type ApiKey,
  apiKeysSchema,
  createApiKeyResponseSchema,
  createWebhookResponseSchema,
  type Page,
  type Webhook,
  type WebhookEventType,
  webhookResponseSchema,
  webhooksPageSchema,
} from '@waterbus/protocol';
import { type RestRequest, request, understood } from '../rest/rest-request.js';
import type { Account, PageOptions } from './account.js';

/**
 * The API keys and webhooks of the account, for other back ends. Rejects with `account.not_verified`
 * while the server requires a verified address.
 */
export class Integrations {
  readonly #account: Pick<Account, 'asUser'>;
  readonly #server: string | undefined;

  /** `server`: origin of Server API; default: the page's own. */
  constructor(account: Pick<Account, 'asUser'>, { server }: { server?: string } = {}) {
    this.#account = account;
    this.#server = server;
  }

  async apiKeys(page: PageOptions = {}): Promise<Page<ApiKey>> {
    return understood(apiKeysSchema, await this.#ask({ path: `/v1/api-keys${queryOf(page)}` }));
  }

  /** `secret` is the bearer token. No other answer contains it. `expiresIn`: seconds; default: never. */
  async createApiKey(body: { name: string; expiresIn?: number }): Promise<{ apiKey: ApiKey; secret: string }> {
    return understood(createApiKeyResponseSchema, await this.#ask({ path: '/v1/api-keys', body }));
  }

  /** Its requests are refused at once. */
  async deleteApiKey(id: string): Promise<void> {
    await this.#ask({ path: `/v1/api-keys/${encodeURIComponent(id)}`, method: 'DELETE' });
  }

  async webhooks(page: PageOptions = {}): Promise<Page<Webhook>> {
    return understood(webhooksPageSchema, await this.#ask({ path: `/v1/webhooks${queryOf(page)}` }));
  }

  /**
   * `secret` signs each delivery (Standard Webhooks). No other answer contains it. `events`: default
   * all.
   */
  async createWebhook(body: {
    url: string;
    events?: WebhookEventType[];
  }): Promise<{ webhook: Webhook; secret: string }> {
    return understood(createWebhookResponseSchema, await this.#ask({ path: '/v1/webhooks', body }));
  }

  async updateWebhook(
    id: string,
    body: { url?: string; events?: WebhookEventType[]; enabled?: boolean },
  ): Promise<Webhook> {
    const path = `/v1/webhooks/${encodeURIComponent(id)}`;
    return understood(webhookResponseSchema, await this.#ask({ path, method: 'PATCH', body })).webhook;
  }

  async deleteWebhook(id: string): Promise<void> {
    await this.#ask({ path: `/v1/webhooks/${encodeURIComponent(id)}`, method: 'DELETE' });
  }

  #ask(of: RestRequest): Promise<unknown> {
    return this.#account.asUser((token) =>
      request({ ...of, ...(this.#server !== undefined && { server: this.#server }), ...(token && { token }) }),
    );
  }
}

function queryOf(page: PageOptions): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(page)) if (value !== undefined) query.set(name, String(value));
  return query.size > 0 ? `?${query}` : '';
}
