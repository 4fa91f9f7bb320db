import type { WebhookEvent } from '@waterbus/protocol';
import { and, eq, inArray, lte, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { webhookDeliveries, webhookEvents, webhooks } from '../database/schema.js';
import { LONGEST_ATTEMPT } from './send.js';
import { shownEvent } from './shown-webhook.js';

/** What one endpoint is to be sent, in this order. */
export interface Batch {
  webhookId: string;
  url: string;
  secret: string;
  enabled: boolean;
  deliveries: Delivery[];
}

export interface Delivery {
  event: WebhookEvent;
  /** Finished before. */
  attempts: number;
  createdAt: Date;
}

/**
 * The table of deliveries as a queue that several servers work on. A claim moves `next_attempt_at` ahead (a lease): when its server
 * dies, the delivery becomes due again. `attempts` counts finished ones, so a row with none whose time lies ahead is a first attempt
 * under way; while there is one, the endpoint's next events wait, and so first attempts arrive in order.
 */
export class DeliveryQueue {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** What is due for up to so many endpoints that no other server is claiming for at this moment. */
  async claim(now: Date, mostEndpoints: number): Promise<Batch[]> {
    return this.#queries.transaction(async (transaction) => {
      const due = transaction
        .select({ webhookId: webhookDeliveries.webhookId })
        .from(webhookDeliveries)
        .where(isDue(now))
        .orderBy(webhookDeliveries.nextAttemptAt)
        .limit(DUE_LOOKED_AT);
      const endpoints = await transaction
        .select()
        .from(webhooks)
        .where(and(inArray(webhooks.id, due), nothingUnderWay(sql`${webhooks.id}`, now)))
        .limit(mostEndpoints)
        .for('no key update', { skipLocked: true });
      if (endpoints.length === 0) return [];
      // Looked at again with the endpoints locked: another server may have claimed in between.
      const first = transaction
        .select({
          webhookId: webhookDeliveries.webhookId,
          eventId: webhookDeliveries.eventId,
          place:
            sql<number>`row_number() over (partition by ${webhookDeliveries.webhookId} order by ${webhookDeliveries.createdAt}, ${webhookDeliveries.eventId})`.as(
              'place',
            ),
        })
        .from(webhookDeliveries)
        .where(
          and(
            isDue(now),
            inArray(
              webhookDeliveries.webhookId,
              endpoints.map(({ id }) => id),
            ),
            nothingUnderWay(sql`${webhookDeliveries.webhookId}`, now),
          ),
        )
        .as('first');
      const claimed = await transaction
        .update(webhookDeliveries)
        .set({ nextAttemptAt: new Date(now.getTime() + LEASE) })
        .from(first)
        .where(
          and(
            eq(webhookDeliveries.webhookId, first.webhookId),
            eq(webhookDeliveries.eventId, first.eventId),
            lte(first.place, BATCH),
          ),
        )
        .returning({
          webhookId: webhookDeliveries.webhookId,
          eventId: webhookDeliveries.eventId,
          attempts: webhookDeliveries.attempts,
        });
      if (claimed.length === 0) return [];
      const events = await transaction
        .select()
        .from(webhookEvents)
        .where(
          inArray(
            webhookEvents.id,
            claimed.map(({ eventId }) => eventId),
          ),
        )
        .orderBy(webhookEvents.createdAt, webhookEvents.id);
      return endpoints.map(({ id, url, secret, enabled }) => ({
        webhookId: id,
        url,
        secret,
        enabled,
        deliveries: events.flatMap((row) => {
          const delivery = claimed.find(({ webhookId, eventId }) => webhookId === id && eventId === row.id);
          return delivery ? [{ event: shownEvent(row), attempts: delivery.attempts, createdAt: row.createdAt }] : [];
        }),
      }));
    });
  }

  async delivered(webhookId: string, { event, attempts }: Delivery, status: number): Promise<void> {
    await this.#finish(webhookId, event.id, {
      state: 'delivered',
      attempts: attempts + 1,
      lastStatus: status,
      nextAttemptAt: null,
    });
  }

  /** `next`: when to try again; null: never. */
  async notDelivered(webhookId: string, { event, attempts }: Delivery, status: number | null, next: Date | null) {
    const state = next ? 'pending' : 'failed';
    await this.#finish(webhookId, event.id, { state, attempts: attempts + 1, lastStatus: status, nextAttemptAt: next });
  }

  /** Gives a claim back before its lease ends. */
  async release(webhookId: string, eventIds: string[], now: Date): Promise<void> {
    await this.#queries
      .update(webhookDeliveries)
      .set({ nextAttemptAt: now })
      .where(
        and(
          eq(webhookDeliveries.webhookId, webhookId),
          inArray(webhookDeliveries.eventId, eventIds),
          eq(webhookDeliveries.state, 'pending'),
        ),
      );
  }

  /** Nothing more goes there until its owner enables it again. */
  async disable(webhookId: string): Promise<void> {
    await this.#queries.transaction(async (transaction) => {
      await transaction.update(webhooks).set({ enabled: false }).where(eq(webhooks.id, webhookId));
      await failPending(transaction, webhookId);
    });
  }

  async #finish(
    webhookId: string,
    eventId: string,
    change: Partial<typeof webhookDeliveries.$inferInsert>,
  ): Promise<void> {
    await this.#queries
      .update(webhookDeliveries)
      .set(change)
      .where(and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.eventId, eventId)));
  }
}

export async function failPending(queries: Pick<Queries, 'update'>, webhookId: string): Promise<void> {
  await queries
    .update(webhookDeliveries)
    .set({ state: 'failed', nextAttemptAt: null })
    .where(and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.state, 'pending')));
}

/** Written out, so that the planner sees the condition of the partial index. */
const isPending = sql`${webhookDeliveries.state} = 'pending'`;

function isDue(now: Date): SQL | undefined {
  return and(isPending, lte(webhookDeliveries.nextAttemptAt, now));
}

function nothingUnderWay(webhookId: SQL, now: Date): SQL {
  return sql`not exists (select 1 from ${webhookDeliveries} under_way where under_way.webhook_id = ${webhookId}
    and under_way.state = 'pending' and under_way.attempts = 0 and under_way.next_attempt_at > ${now.toISOString()}::timestamptz)`;
}

/** Deliveries that an endpoint gets in one go; then others have their turn. */
const BATCH = 10;

/** Milliseconds: every attempt of a batch may take its longest, and the database some time. */
const LEASE = BATCH * LONGEST_ATTEMPT + 20_000;

/** Due rows among which endpoints are chosen: bounds the work of a claim when much is due. */
const DUE_LOOKED_AT = 5_000;
