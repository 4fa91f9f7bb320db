import { and, eq, inArray, lt } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { webhookDeliveries, webhooks } from '../database/schema.js';
import { type Batch, claimBatches, type Delivery, isPending } from './claim.js';
import type { Sending } from './fair-share.js';
import type { Outcome } from './send.js';

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
    return this.#queries.transaction((transaction) => claimBatches(transaction, now, sending));
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
      lastError: null,
      nextAttemptAt: null,
    });
  }

  /** `next`: the time of the next attempt; null: never. */
  async notDelivered(webhookId: string, { event, attempts }: Delivery, outcome: Outcome, next: Date | null) {
    await this.#finish(webhookId, event.id, {
      state: next ? 'pending' : 'failed',
      attempts: attempts + 1,
      lastStatus: outcome.status,
      lastError: outcome.failure,
      nextAttemptAt: next,
    });
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
