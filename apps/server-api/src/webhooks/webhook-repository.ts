import { randomBytes } from 'node:crypto';
import {
  CodedError,
  type Page,
  type PageQuery,
  type Webhook,
  type WebhookDelivery,
  type WebhookEvent,
} from '@waterbus/protocol';
import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import { userOfOwner } from '../access/principal.js';
import { type Actor, audit, holdAccount } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type WebhookRow, webhookDeliveries, webhookEvents, webhooks } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { failPending } from './delivery-queue.js';
import { announceDeliveries } from './outbox.js';
import { shownEvent, shownWebhook } from './shown-webhook.js';

type Change = Partial<Pick<WebhookRow, 'url' | 'events' | 'enabled'>>;

/** The actor of a change to a webhook, and its time. */
interface By {
  actor: Actor;
  at: Date;
}

/**
 * Webhooks of an owner, their events, and the results of the deliveries. Rejects with
 * `webhook.not_found` for those of others.
 */
export class WebhookRepository {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** `check` verifies in the same transaction that the owner may create one. */
  async create(
    owner: string,
    wanted: Pick<WebhookRow, 'url' | 'events'>,
    { actor, at: createdAt }: By,
    check: (transaction: Queries) => Promise<void>,
  ): Promise<WebhookRow> {
    return this.#queries.transaction(async (transaction) => {
      await holdOwner(transaction, owner);
      await check(transaction);
      // Serialized for an owner, otherwise concurrent requests would all count one too few.
      await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`webhooks ${owner}`}, 0))`);
      const count = await transaction.$count(webhooks, eq(webhooks.owner, owner));
      if (count >= MOST_WEBHOOKS) throw new CodedError('limit.reached', `At most ${MOST_WEBHOOKS} webhooks`);
      const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
      const [row] = await transaction
        .insert(webhooks)
        .values({ owner, ...wanted, secret, createdAt })
        .returning();
      const { id } = found(row);
      const event = { action: 'webhook.created', userId: userOfOwner(owner), target: id } as const;
      await audit(transaction, actor, createdAt, event);
      return found(row);
    });
  }

  async list(owner: string, { cursor, limit }: PageQuery): Promise<Page<Webhook>> {
    const rows = await this.#queries
      .select()
      .from(webhooks)
      .where(and(eq(webhooks.owner, owner), beyond(cursor, { at: webhooks.createdAt, id: webhooks.id }, 'descending')))
      .orderBy(desc(webhooks.createdAt), desc(webhooks.id))
      .limit(limit + 1);
    return pageOfRows(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }), shownWebhook);
  }

  async update(owner: string, id: string, change: Change, { actor, at }: By): Promise<WebhookRow> {
    const fields = changeable.filter((field) => change[field] !== undefined);
    return this.#queries.transaction(async (transaction) => {
      await holdOwner(transaction, owner);
      const mine = and(eq(webhooks.id, id), eq(webhooks.owner, owner));
      // Earlier results do not apply to another address, or to a repaired one.
      const afresh = change.url !== undefined || change.enabled === true ? { failures: 0, suspendedUntil: null } : {};
      const [row] =
        fields.length === 0
          ? await transaction.select().from(webhooks).where(mine)
          : await transaction
              .update(webhooks)
              .set({ ...change, ...afresh })
              .where(mine)
              .returning();
      if (row && change.enabled === false) await failPending(transaction, id);
      found(row);
      if (fields.length > 0) {
        const event = {
          action: 'webhook.changed',
          userId: userOfOwner(owner),
          target: id,
          details: { fields },
        } as const;
        await audit(transaction, actor, at, event);
      }
      return found(row);
    });
  }

  async remove(owner: string, id: string, { actor, at }: By): Promise<void> {
    const mine = and(eq(webhooks.id, id), eq(webhooks.owner, owner));
    await this.#queries.transaction(async (transaction) => {
      await holdOwner(transaction, owner);
      const [row] = await transaction.delete(webhooks).where(mine).returning();
      found(row);
      const event = { action: 'webhook.removed', userId: userOfOwner(owner), target: id } as const;
      await audit(transaction, actor, at, event);
    });
  }

  /** `state`: only deliveries in this one. */
  async listDeliveries(
    owner: string,
    id: string,
    { cursor, limit, state }: PageQuery & { state?: WebhookDelivery['state'] | undefined },
  ): Promise<Page<WebhookDelivery>> {
    await this.#check(owner, id);
    const { webhookId, eventId, createdAt } = webhookDeliveries;
    const wanted = state && stateIs(state);
    const rows = await this.#queries
      .select({ delivery: webhookDeliveries, type: webhookEvents.type })
      .from(webhookDeliveries)
      .innerJoin(webhookEvents, eq(webhookEvents.id, eventId))
      .where(and(eq(webhookId, id), wanted, beyond(cursor, { at: createdAt, id: eventId }, 'descending')))
      .orderBy(desc(createdAt), desc(eventId))
      .limit(limit + 1);
    return pageOfRows(
      rows,
      limit,
      ({ delivery }) => ({ at: delivery.createdAt, id: delivery.eventId }),
      ({ delivery, type }) => ({
        eventId: delivery.eventId,
        type,
        state: delivery.state,
        attempts: delivery.attempts,
        lastStatus: delivery.lastStatus,
        lastError: delivery.lastError,
        nextAttemptAt: delivery.nextAttemptAt?.toISOString() ?? null,
        createdAt: delivery.createdAt.toISOString(),
      }),
    );
  }

  /**
   * Makes one more attempt due, also for a delivered event. A delivery without an attempt is
   * already due, or in progress. Recorded when an administrator wants it.
   */
  async retry(owner: string, id: string, eventId: string, { actor, at }: By): Promise<void> {
    const { state, attempts, nextAttemptAt } = webhookDeliveries;
    const firstAttempt = and(eq(state, 'pending'), eq(attempts, 0));
    await this.#queries.transaction(async (transaction) => {
      await holdOwner(transaction, owner);
      // The owner wants a result now, whatever the earlier failures.
      const mine = and(eq(webhooks.id, id), eq(webhooks.owner, owner));
      const [webhook] = await transaction.update(webhooks).set({ suspendedUntil: null }).where(mine).returning();
      found(webhook);
      const [row] = await transaction
        .update(webhookDeliveries)
        .set({
          state: 'pending',
          nextAttemptAt: sql`case when ${firstAttempt} then ${nextAttemptAt} else ${at.toISOString()}::timestamptz end`,
        })
        .where(and(eq(webhookDeliveries.webhookId, id), eq(webhookDeliveries.eventId, eventId)))
        .returning({ eventId: webhookDeliveries.eventId });
      found(row);
      if (actor.kind === 'administrator') {
        const about = { userId: userOfOwner(owner), target: id, details: { eventId } };
        await audit(transaction, actor, at, { action: 'webhook.retried', ...about });
      }
      await announceDeliveries(transaction);
    });
  }

  async listEvents(owner: string, { cursor, limit }: PageQuery): Promise<Page<WebhookEvent>> {
    const { createdAt, id } = webhookEvents;
    const rows = await this.#queries
      .select()
      .from(webhookEvents)
      .where(and(eq(webhookEvents.owner, owner), beyond(cursor, { at: createdAt, id }, 'descending')))
      .orderBy(desc(createdAt), desc(id))
      .limit(limit + 1);
    return pageOfRows(rows, limit, (row) => ({ at: row.createdAt, id: row.id }), shownEvent);
  }

  async #check(owner: string, id: string): Promise<void> {
    const mine = and(eq(webhooks.id, id), eq(webhooks.owner, owner));
    const [row] = await this.#queries.select({ id: webhooks.id }).from(webhooks).where(mine);
    found(row);
  }
}

async function holdOwner(transaction: Queries, owner: string): Promise<void> {
  const userId = userOfOwner(owner);
  if (userId !== null) await holdAccount(transaction, userId);
}

function found<Row>(row: Row | undefined): Row {
  if (!row) throw new CodedError('webhook.not_found');
  return row;
}

const changeable = ['url', 'events', 'enabled'] as const;

/** Per owner: every event is written once for each. */
const MOST_WEBHOOKS = 20;

/** As long as the output of the hash that it keys, within the 24 to 64 of Standard Webhooks. */
const SECRET_BYTES = 32;

/**
 * Literals, so that the planner knows that the index of undelivered ones has them all: they are few
 * among the delivered ones.
 */
function stateIs(state: WebhookDelivery['state']): SQL {
  switch (state) {
    case 'failed':
      return sql`${webhookDeliveries.state} = 'failed'`;
    case 'pending':
      return sql`${webhookDeliveries.state} = 'pending'`;
    case 'delivered':
      return eq(webhookDeliveries.state, state);
  }
}
