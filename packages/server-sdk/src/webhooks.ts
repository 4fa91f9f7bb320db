import {
  type createWebhookRequestSchema,
  createWebhookResponseSchema,
  pageOf,
  type updateWebhookRequestSchema,
  type Webhook,
  type WebhookDelivery,
  webhookDeliveriesPageSchema,
  webhookResponseSchema,
  webhooksPageSchema,
} from '@waterbus/protocol';
import type { z } from 'zod';
import { type Connection, pathOf } from './connection.js';
import { type List, type ListOptions, listOf } from './list.js';
import { type WaterbusEvent, waterbusEventSchema } from './webhook-event.js';

/** A webhook with its secret, which only this answer has. */
export type NewWebhook = z.output<typeof createWebhookResponseSchema>;

/** The addresses to which the server sends the events of the key's meetings. */
export class Webhooks {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `secret` is for `verifyWebhook`, and not shown again. No `events`: all. */
  create(webhook: z.input<typeof createWebhookRequestSchema>): Promise<NewWebhook> {
    return this.#connection.ask('POST', pathOf`webhooks`, createWebhookResponseSchema, webhook);
  }

  list(options?: ListOptions): List<Webhook> {
    return listOf(this.#connection, pathOf`webhooks`, webhooksPageSchema, options);
  }

  async update(id: string, change: z.input<typeof updateWebhookRequestSchema>): Promise<Webhook> {
    return (await this.#connection.ask('PATCH', pathOf`webhooks/${id}`, webhookResponseSchema, change)).webhook;
  }

  delete(id: string): Promise<void> {
    return this.#connection.send('DELETE', pathOf`webhooks/${id}`);
  }

  /** The delivery state of each event. */
  deliveries(id: string, options?: ListOptions): List<WebhookDelivery> {
    return listOf(this.#connection, pathOf`webhooks/${id}/deliveries`, webhookDeliveriesPageSchema, options);
  }

  /** Delivers an event again. */
  retry(id: string, eventId: string): Promise<void> {
    return this.#connection.send('POST', pathOf`webhooks/${id}/deliveries/${eventId}/retry`);
  }
}

/** The same events by polling, before their webhooks are sent, and also without webhooks. */
export class Events {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(options?: ListOptions): List<WaterbusEvent> {
    return listOf(this.#connection, pathOf`webhook-events`, pageOf(waterbusEventSchema), options);
  }
}
