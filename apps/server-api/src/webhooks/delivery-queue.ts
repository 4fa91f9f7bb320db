import type { WebhookEvent } from '@waterbus/protocol';
import { and, eq, inArray, isNull, lt, lte, notInArray, or, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { webhookDeliveries, webhookEvents, webhooks } from '../database/schema.js';
import { fairShare, MOST_OF_OWNER, type Sending } from './fair-share.js';
import { LONGEST_ATTEMPT } from './send.js';
import { shownEvent } from './shown-webhook.js';

/** The deliveries of one endpoint, in this order. */
export interface Batch {
  webhookId: string;
  owner: string;
  /** Failed attempts since the last success. */
  failures: number;
  url: string;
  secret: string;
  enabled: boolean;
  deliveries: Delivery[];
}

export interface Delivery {
  event: WebhookEvent;
  /** Finished attempts. */
  attempts: number;
  createdAt: Date;
}

/**
 * The table of deliveries as a queue that several servers share. A claim moves `next_attempt_at`
 * ahead (a lease): after a crash of its server the delivery becomes due again. `attempts` counts
 * finished ones, so a row with none and a time in the future is a first attempt in progress; during
 * it, the endpoint's next events wait, so first attempts arrive in order.
 */
export class DeliveryQueue {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** Due deliveries, in fair shares, for endpoints that no other server claims at this moment. */
  async claim(now: Date, sending: Sending): Promise<Batch[]> {
    return this.#queries.transaction(async (transaction) => {
      const full = [...sending.byOwner].filter(([, count]) => count >= MOST_OF_OWNER).map(([owner]) => owner);
      // Excludes owners with a full share, so that their rows do not hide all others behind the
      // bound.
      const due = transaction
        .select({ webhookId: webhookDeliveries.webhookId, nextAttemptAt: webhookDeliveries.nextAttemptAt })
        .from(webhookDeliveries)
        .innerJoin(webhooks, eq(webhooks.id, webhookDeliveries.webhookId))
        .where(
          and(
            isDue(now),
            or(isNull(webhooks.suspendedUntil), lte(webhooks.suspendedUntil, now)),
            full.length > 0 ? notInArray(webhooks.owner, full) : undefined,
            sending.endpoints.size > 0 ? notInArray(webhooks.id, [...sending.endpoints]) : undefined,
          ),
        )
        .orderBy(webhookDeliveries.nextAttemptAt)
        .limit(DUE_LOOKED_AT)
        .as('due');
      const candidates = await transaction
        .select({ webhookId: webhooks.id, owner: webhooks.owner, failures: webhooks.failures })
        .from(webhooks)
        .innerJoin(due, eq(due.webhookId, webhooks.id))
        .where(nothingUnderWay(sql`${webhooks.id}`, now))
        .groupBy(webhooks.id)
        .orderBy(sql`min(${due.nextAttemptAt})`);
      const chosen = fairShare(candidates, sending).map(({ webhookId }) => webhookId);
      if (chosen.length === 0) return [];
      const endpoints = await transaction
        .select()
        .from(webhooks)
        .where(
          and(
            inArray(webhooks.id, chosen),
            or(isNull(webhooks.suspendedUntil), lte(webhooks.suspendedUntil, now)),
            nothingUnderWay(sql`${webhooks.id}`, now),
          ),
        )
        .for('no key update', { skipLocked: true });
      if (endpoints.length === 0) return [];
      // Checked again with the endpoints locked: another server may have claimed in between.
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
      // An endpoint that failed repeatedly is probed by one delivery, and by no other server in the
      // meantime.
      const probed = endpoints.filter(({ failures }) => failures >= SUSPENDED_AFTER).map(({ id }) => id);
      const probe = probed.length > 0 ? inArray(first.webhookId, probed) : sql`false`;
      if (probed.length > 0) {
        const suspendedUntil = new Date(now.getTime() + PROBE_LEASE);
        await transaction.update(webhooks).set({ suspendedUntil }).where(inArray(webhooks.id, probed));
      }
      const claimed = await transaction
        .update(webhookDeliveries)
        .set({ nextAttemptAt: new Date(now.getTime() + LEASE) })
        .from(first)
        .where(
          and(
            eq(webhookDeliveries.webhookId, first.webhookId),
            eq(webhookDeliveries.eventId, first.eventId),
            lte(first.place, sql`case when ${probe} then 1 else ${BATCH} end`),
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
      return endpoints.map(({ id, owner, failures, url, secret, enabled }) => ({
        webhookId: id,
        owner,
        failures,
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

  /**
   * The endpoint answers again: its waiting deliveries are due, except attempts with a time of
   * their own.
   */
  async recovered(webhookId: string, now: Date): Promise<void> {
    await this.#queries.transaction(async (transaction) => {
      await transaction.update(webhooks).set({ failures: 0, suspendedUntil: null }).where(eq(webhooks.id, webhookId));
      await transaction
        .update(webhookDeliveries)
        .set({ nextAttemptAt: now })
        .where(and(eq(webhookDeliveries.webhookId, webhookId), isPending, eq(webhookDeliveries.attempts, 0)));
    });
  }

  /**
   * One more attempt failed, `failures` in all. `until`: nothing is sent there before; deliveries
   * older than `givenUp` are abandoned.
   */
  async failed(webhookId: string, failures: number, suspended?: { until: Date; givenUp: Date }): Promise<void> {
    await this.#queries.transaction(async (transaction) => {
      const suspendedUntil = suspended?.until ?? null;
      await transaction.update(webhooks).set({ failures, suspendedUntil }).where(eq(webhooks.id, webhookId));
      if (!suspended) return;
      const waiting = and(eq(webhookDeliveries.webhookId, webhookId), isPending);
      await transaction
        .update(webhookDeliveries)
        .set({ state: 'failed', nextAttemptAt: null })
        .where(and(waiting, lt(webhookDeliveries.createdAt, suspended.givenUp)));
      // Every claim would read them.
      await transaction
        .update(webhookDeliveries)
        .set({ nextAttemptAt: suspended.until })
        .where(and(waiting, lt(webhookDeliveries.nextAttemptAt, suspended.until)));
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

  /** `next`: the time of the next attempt; null: never. */
  async notDelivered(webhookId: string, { event, attempts }: Delivery, status: number | null, next: Date | null) {
    const state = next ? 'pending' : 'failed';
    await this.#finish(webhookId, event.id, { state, attempts: attempts + 1, lastStatus: status, nextAttemptAt: next });
  }

  /** Releases a claim before its lease ends. */
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

  /** No more deliveries go there until its owner enables it again. */
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

/** A literal, so that the planner recognizes the condition of the partial index. */
const isPending = sql`${webhookDeliveries.state} = 'pending'`;

function isDue(now: Date): SQL | undefined {
  return and(isPending, lte(webhookDeliveries.nextAttemptAt, now));
}

function nothingUnderWay(webhookId: SQL, now: Date): SQL {
  return sql`not exists (select 1 from ${webhookDeliveries} under_way where under_way.webhook_id = ${webhookId}
    and under_way.state = 'pending' and under_way.attempts = 0 and under_way.next_attempt_at > ${now.toISOString()}::timestamptz)`;
}

/**
 * Consecutive failed attempts after which an endpoint is probed rarely and by one delivery at a
 * time (a circuit breaker).
 */
export const SUSPENDED_AFTER = 5;

/** Milliseconds: the longest attempt, and some time for the database. */
const PROBE_LEASE = LONGEST_ATTEMPT + 20_000;

/** Deliveries that an endpoint gets in one batch; then others have their turn. */
const BATCH = 10;

/** Milliseconds: every attempt of a batch may take its longest, and the database some time. */
const LEASE = BATCH * LONGEST_ATTEMPT + 20_000;

/** Due rows from which endpoints are chosen: bounds the work of a claim when many are due. */
const DUE_LOOKED_AT = 5_000;
