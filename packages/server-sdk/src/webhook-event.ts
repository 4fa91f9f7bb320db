import { type WebhookEventData, type WebhookEventType, webhookEventData, webhookEventSchema } from '@waterbus/protocol';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { WaterbusWebhookError } from './errors.js';

/** What happened: `type` tells what is in `data`. */
export type WaterbusEvent = {
  [T in WebhookEventType]: {
    /** The same however often it is delivered: handle each id once. */
    id: string;
    type: T;
    /** When it happened. */
    timestamp: string;
    data: WebhookEventData<T>;
  };
}[WebhookEventType];

/** Reads `data` by `type`, too. */
export const waterbusEventSchema = webhookEventSchema.transform((event, context) => {
  const data = webhookEventData[event.type].safeParse(event.data);
  if (data.success) return { ...event, data: data.data } as WaterbusEvent;
  context.addIssue({ code: 'custom', message: `data is not that of ${event.type}`, path: ['data'] });
  return z.NEVER;
});

/** As `node:http` has them, or a `Headers`. */
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>;

/**
 * Reads a webhook, once it is sure that the server sent it within the last five minutes. `secret`: what `webhooks.create` answered.
 * `rawBody`: the bytes as they came, since the signature is over these. Throws a `WaterbusWebhookError`.
 */
export function verifyWebhook(secret: string, headers: WebhookHeaders, rawBody: string | Buffer): WaterbusEvent {
  const signed = Object.fromEntries(SIGNED.map((name) => [name, headerOf(headers, name)]));
  let content: unknown;
  try {
    new Webhook(secret).verify(rawBody, signed, { jsonParse: false });
  } catch (error) {
    throw new WaterbusWebhookError('signature', (error as Error).message);
  }
  try {
    content = JSON.parse(rawBody.toString());
  } catch {
    throw new WaterbusWebhookError('content', 'The body is not JSON');
  }
  const event = waterbusEventSchema.safeParse(content);
  if (!event.success) throw new WaterbusWebhookError('content', event.error.message);
  return event.data;
}

function headerOf(headers: WebhookHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  return typeof value === 'string' ? value : '';
}

/** What standardwebhooks.com signs and is signed by. */
const SIGNED = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
