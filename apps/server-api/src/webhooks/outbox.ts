import { randomBytes } from 'node:crypto';
import type { WebhookEventData, WebhookEventType } from '@waterbus/protocol';
import { and, eq, or, type SQL, sql, type WithSubquery } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { webhookDeliveries, webhookEvents, webhooks } from '../database/schema.js';
import { statement, type ValueOf } from '../database/statement.js';
import { insertFrom, part } from '../database/statement-part.js';

/**
 * Records an event and its deliveries. `transaction` is the one of the change: either both exist or
 * neither. Without an owner there are no deliveries.
 */
export async function record<T extends WebhookEventType>(
  transaction: Pick<Queries, '_'>,
  owner: string | null,
  type: T,
  data: WebhookEventData<T>,
  at: Date,
): Promise<void> {
  if (owner === null) return;
  await recordEvent(transaction, { ...newEvent(type, data, at), owner, createdAt: at });
}

/** The values of `recording`, besides the owner and the time of the change. */
export function newEvent<T extends WebhookEventType>(type: T, data: WebhookEventData<T>, at: Date) {
  return { eventId: newEventId(at), eventType: type, eventData: data };
}

export type RecordedEvent = ReturnType<typeof newEvent> & { owner: string | null; createdAt: Date };

/**
 * The same as `record` for a statement that consists of several (`with`): once for each row of
 * `change`. PostgreSQL notifies the listeners when the transaction commits, and does not when it
 * rolls back.
 */
export function recording(value: ValueOf<RecordedEvent>, change: SQL): WithSubquery[] {
  const { id, owner, events, enabled } = webhooks;
  const event = insertFrom(
    webhookEvents,
    {
      id: value('eventId'),
      owner: value('owner'),
      type: value('eventType'),
      data: value('eventData', webhookEvents.data),
      createdAt: value('createdAt', webhookEvents.createdAt),
    },
    change,
  );
  const interested = and(
    eq(owner, sql.identifier('event_owner')),
    eq(enabled, true),
    or(sql`cardinality(${events}) = 0`, sql`event_type = any(${events})`),
  );
  const delivery = insertFrom(
    webhookDeliveries,
    {
      webhookId: sql`${id}`,
      eventId: sql`event_id`,
      state: sql`'pending'`,
      nextAttemptAt: sql`event_at`,
      createdAt: sql`event_at`,
    },
    sql`recorded join ${webhooks} on ${interested}`,
  );
  return [
    part(
      'recorded',
      sql`${event} returning id as event_id, owner as event_owner, type as event_type, created_at as event_at`,
    ),
    part('deliveries', sql`${delivery} returning pg_notify(${sql.raw(`'${DELIVERIES_CHANNEL}'`)}, '')`),
  ];
}

const recordEvent = statement<RecordedEvent, unknown>((queries, value) =>
  queries
    .with(...recording(value, sql`(select 1) as change`))
    .select({ recorded: sql`event_id` })
    .from(sql`recorded`),
);

/** Calls back whenever any server wrote deliveries. The returned function ends it. */
export async function listenForDeliveries(queries: Queries, onDeliveries: () => void): Promise<() => Promise<void>> {
  // Both drivers, postgres.js and PGlite, listen in this way; only the results differ.
  const client = (queries as unknown as { $client: Listening }).$client;
  const listening = await client.listen(DELIVERIES_CHANNEL, onDeliveries);
  return () => (typeof listening === 'function' ? listening() : listening.unlisten());
}

/** For a transaction that made deliveries due. */
export async function announceDeliveries(transaction: Pick<Queries, 'execute'>): Promise<void> {
  await transaction.execute(sql`select pg_notify(${DELIVERIES_CHANNEL}, '')`);
}

interface Listening {
  listen(channel: string, onNotice: () => void): Promise<(() => Promise<void>) | { unlisten: () => Promise<void> }>;
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
