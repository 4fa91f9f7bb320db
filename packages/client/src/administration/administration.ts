import {
  type AdministratorAuditEvent,
  administratorAuditEventsSchema,
  type ListedUser,
  type LiveMeeting,
  listedUsersPageSchema,
  liveMeetingsPageSchema,
  type MeetingCall,
  meetingCallsSchema,
  type OwnedApiKey,
  type OwnedWebhook,
  ownedApiKeysPageSchema,
  ownedWebhooksPageSchema,
  type Page,
  type QualityMinute,
  qualityMinutesPageSchema,
  type ServerNode,
  type SettingsInForce,
  type Storage,
  serverNodesPageSchema,
  settingsInForceSchema,
  storageSchema,
  type WebhookDelivery,
  webhookDeliveriesPageSchema,
} from '@waterbus/protocol';
import type { Account, PageOptions } from '../account/account.js';
import { meetingPath, type RestRequest, request, understood } from '../rest/rest-request.js';

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

  /** The servers of the cluster, by id. */
  async nodes(page: PageOptions = {}): Promise<Page<ServerNode>> {
    return understood(serverNodesPageSchema, await this.#ask({ path: withQuery('/v1/admin/nodes', page) }));
  }

  /** Rejects with `node.last`, `node.not_drainable`, `node.not_found`. */
  async drain(nodeId: string): Promise<void> {
    await this.#ask({ path: `${nodePath(nodeId)}/drain`, method: 'POST' });
  }

  /** Rejects with `server.draining` when the process is stopping. */
  async cancelDrain(nodeId: string): Promise<void> {
    await this.#ask({ path: `${nodePath(nodeId)}/drain`, method: 'DELETE' });
  }

  /** The meetings with participants in their calls. */
  async liveMeetings(page: PageOptions = {}): Promise<Page<LiveMeeting>> {
    return understood(liveMeetingsPageSchema, await this.#ask({ path: withQuery('/v1/admin/live-meetings', page) }));
  }

  /** Ends the call for everybody; the meeting can be joined again. Rejects with `meeting.not_found`. */
  async endCall(code: string): Promise<void> {
    await this.#ask({ path: `/v1/admin/live-meetings/${encodeURIComponent(code)}/end`, method: 'POST' });
  }

  /** The last calls of any meeting in 30 days, the newest first. Rejects with `meeting.not_found`. */
  async calls(code: string): Promise<MeetingCall[]> {
    return understood(meetingCallsSchema, await this.#ask({ path: `${meetingPath(code)}/calls?limit=100` })).items;
  }

  /**
   * The quality of each participant's connection in each minute, the oldest first. `from` (inclusive)
   * and `to` are moments, ISO 8601; `limit` is 1,000 at most.
   */
  async quality(code: string, range: PageOptions & { from: string; to: string }): Promise<Page<QualityMinute>> {
    const path = withQuery(`${meetingPath(code)}/quality`, range);
    return understood(qualityMinutesPageSchema, await this.#ask({ path }));
  }

  /** The accounts, the newest first. `search`: a part of the name or address. */
  async users(page: PageOptions & { search?: string } = {}): Promise<Page<ListedUser>> {
    return understood(listedUsersPageSchema, await this.#ask({ path: withQuery('/v1/admin/users', page) }));
  }

  /** Ends all sessions of a user and the places in calls. Rejects with `user.not_found`. */
  async signOutEverywhere(userId: string): Promise<void> {
    await this.#ask({ path: `/v1/admin/users/${encodeURIComponent(userId)}/sessions`, method: 'DELETE' });
  }

  /** Ends all sessions and places in calls too. Rejects with `user.own`, `user.not_found`. */
  async setDisabled(userId: string, disabled: boolean): Promise<void> {
    await this.#ask({ path: `/v1/admin/users/${encodeURIComponent(userId)}`, method: 'PATCH', body: { disabled } });
  }

  /** Deletes the account, as its user can. Rejects with `user.own`, `user.not_found`. */
  async deleteUser(userId: string): Promise<void> {
    await this.#ask({ path: `/v1/admin/users/${encodeURIComponent(userId)}`, method: 'DELETE' });
  }

  /** Of all owners, by id. */
  async apiKeys(page: PageOptions = {}): Promise<Page<OwnedApiKey>> {
    return understood(ownedApiKeysPageSchema, await this.#ask({ path: withQuery('/v1/admin/api-keys', page) }));
  }

  /** Rejects with `api_key.not_found`, also for keys of the server's settings. */
  async removeApiKey(id: string): Promise<void> {
    await this.#ask({ path: `/v1/admin/api-keys/${encodeURIComponent(id)}`, method: 'DELETE' });
  }

  /** Of all owners, by id. */
  async webhooks(page: PageOptions = {}): Promise<Page<OwnedWebhook>> {
    return understood(ownedWebhooksPageSchema, await this.#ask({ path: withQuery('/v1/admin/webhooks', page) }));
  }

  /** Switching it off cancels its pending deliveries. Rejects with `webhook.not_found`. */
  async switchWebhook(id: string, enabled: boolean): Promise<void> {
    await this.#ask({ path: `/v1/admin/webhooks/${encodeURIComponent(id)}`, method: 'PATCH', body: { enabled } });
  }

  /** The newest first. `state`: only those in it. Rejects with `webhook.not_found`. */
  async deliveries(
    webhookId: string,
    page: PageOptions & { state?: WebhookDelivery['state'] } = {},
  ): Promise<Page<WebhookDelivery>> {
    const path = withQuery(`/v1/admin/webhooks/${encodeURIComponent(webhookId)}/deliveries`, page);
    return understood(webhookDeliveriesPageSchema, await this.#ask({ path }));
  }

  /** Delivers an event again, now. Rejects with `webhook.not_found`. */
  async retryDelivery(webhookId: string, eventId: string): Promise<void> {
    const [webhook, event] = [webhookId, eventId].map(encodeURIComponent);
    await this.#ask({ path: `/v1/admin/webhooks/${webhook}/deliveries/${event}/retry`, method: 'POST' });
  }

  async storage(): Promise<Storage> {
    return understood(storageSchema, await this.#ask({ path: '/v1/admin/storage' }));
  }

  /** The changes that administrators made, the newest first. */
  async auditEvents(page: PageOptions = {}): Promise<Page<AdministratorAuditEvent>> {
    const path = withQuery('/v1/admin/audit-events', page);
    return understood(administratorAuditEventsSchema, await this.#ask({ path }));
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

function nodePath(id: string): string {
  return `/v1/admin/nodes/${encodeURIComponent(id)}`;
}

function withQuery(
  path: string,
  values: PageOptions & { from?: string; to?: string; search?: string; state?: string },
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query.size > 0 ? `${path}?${query}` : path;
}
