import { randomBytes } from 'node:crypto';
import type { WebhookEventData, WebhookEventType } from '@waterbus/protocol';
import { and, eq, or, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { webhookDeliveries, webhookEvents, webhooks } from '../database/schema.js';
import { statement } from '../database/statement.js';

/**
 * Records an event and its deliveries. `transaction` is the one of the change: either both exist or
 * neither. Without an owner there are no deliveries.
 */
export async function record<T extends WebhookEventType>(
  transaction: Pick<Queries, '_' | 'insert'>,
  owner: string | null,
  type: T,
  data: WebhookEventData<T>,
  at: Date,
): Promise<void> {
  if (owner === null) return;
  const id = newEventId(at);
  const [, interested] = await Promise.all([
    insertEvent(transaction, { id, owner, type, data, createdAt: at }),
    notifyInterested(transaction, { owner, type }),
  ]);
  if (interested.length === 0) return;
  await transaction.insert(webhookDeliveries).values(
    interested.map((webhook) => ({
      webhookId: webhook.id,
      eventId: id,
      state: 'pending' as const,
      nextAttemptAt: at,
      createdAt: at,
    })),
  );
}

const insertEvent = statement<typeof webhookEvents.$inferSelect, unknown>((queries, value) =>
  queries.insert(webhookEvents).values({
    id: value('id'),
    owner: value('owner'),
    type: value('type'),
    data: value('data', webhookEvents.data),
    createdAt: value('createdAt', webhookEvents.createdAt),
  }),
);

/**
 * PostgreSQL notifies the listeners when the transaction commits, and does not when it rolls back.
 */
const notifyInterested = statement<{ owner: string; type: WebhookEventType }, { id: string }[]>((queries, value) =>
  queries
    .select({ id: webhooks.id, notified: sql`pg_notify(${sql.raw(`'${DELIVERIES_CHANNEL}'`)}, '')::text` })
    .from(webhooks)
    .where(
      and(
        eq(webhooks.owner, value('owner')),
        eq(webhooks.enabled, true),
        or(sql`cardinality(${webhooks.events}) = 0`, sql`${value('type')} = any(${webhooks.events})`),
      ),
    ),
);

/** Calls back whenever any server wrote deliveries. The returned function ends it. */
export async function listenForDeliveries(queries: Queries, onDeliveries: () => void): Promise<() => Promise<void>> {
  // Both drivers, postgres.js and PGlite, listen in this way; only the results differ.
  const client = (queries as unknown as { $client: Listening }).$client;
  const listening = await client.listen(DELIVERIES_CHANNEL, onDeliveries);
  return () => (typeof listening === 'function' ? listening() : listening.unlisten());
}

interface Listening {
  listen(channel: string, heard: () => void): Promise<(() => Promise<void>) | { unlisten: () => Promise<void> }>;
}

/**
 * UUID version 7, counted up within a millisecond (RFC 9562 section 6.2, method 1): ids are in the
 * order of events.
 */
function newEventId(at: Date): string {
  const time = at.getTime();
  count = time === lastTime ? (count + 1) & 0xfff : 0;
  lastTime = time;
  const random = randomBytes(8).toString('hex');
  const hex = time.toString(16).padStart(12, '0');
  const counter = count.toString(16).padStart(3, '0');
  // Variant 10.
  const variant = (8 + (Number.parseInt(random.charAt(0), 16) & 3)).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${counter}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
}

let lastTime = 0;
let count = 0;

const DELIVERIES_CHANNEL = 'webhook_deliveries';
