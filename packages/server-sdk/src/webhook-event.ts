import { type WebhookEventData, type WebhookEventType, webhookEventData, webhookEventSchema } from '@waterbus/protocol';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { WaterbusWebhookError } from './errors.js';

/** An event: `type` defines the type of `data`. */
export type WaterbusEvent = KnownEvent | UnknownEvent;

/** An event of a later server, which this version does not know: ignore it, and answer 2xx. */
export interface UnknownEvent {
  id: string;
  type: 'unknown';
  /** The server's `type`. */
  name: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** An event that this version knows. */
export type KnownEvent = {
  [T in WebhookEventType]: {
    /** The same in every delivery: handle each id once. */
    id: string;
    type: T;
    /** The time of the event. */
    timestamp: string;
    data: WebhookEventData<T>;
  };
}[WebhookEventType];

/** Parses `data` by `type`, too. */
export const waterbusEventSchema = webhookEventSchema
  .extend({ type: z.string() })
  .transform((event, context): WaterbusEvent => {
    if (!isKnown(event.type)) return { ...event, type: 'unknown', name: event.type };
    const data = webhookEventData[event.type].safeParse(event.data);
    if (data.success) return { ...event, data: data.data } as KnownEvent;
    context.addIssue({ code: 'custom', message: `data is not that of ${event.type}`, path: ['data'] });
    return z.NEVER;
  });

function isKnown(type: string): type is WebhookEventType {
  return Object.hasOwn(webhookEventData, type);
}

/** The headers of `node:http`, or a `Headers`. */
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>;

/**
 * Verifies that the server sent the webhook within the last five minutes, and parses it. `secret`:
 * the answer of `webhooks.create`. `rawBody`: the bytes as received, since the signature is over
 * these. Throws a `WaterbusWebhookError`. An event of a later server has the type `unknown`.
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

/** The signed headers and the signature's, as standardwebhooks.com names them. */
const SIGNED = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
