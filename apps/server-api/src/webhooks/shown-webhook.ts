import type { Webhook, WebhookEvent } from '@waterbus/protocol';
import type { WebhookEventRow, WebhookRow } from '../database/schema.js';

export function shownWebhook({ id, url, events, enabled, createdAt }: WebhookRow): Webhook {
  return { id, url, events, enabled, createdAt: createdAt.toISOString() };
}

export function shownEvent({ id, type, createdAt, data }: WebhookEventRow): WebhookEvent {
  return { id, type, timestamp: createdAt.toISOString(), data };
}
