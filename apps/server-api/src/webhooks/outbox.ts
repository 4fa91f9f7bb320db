import type { WebhookEventData, WebhookEventType } from '@waterbus/protocol';
import { and, eq, or, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { webhookDeliveries, webhookEvents, webhooks } from '../database/schema.js';

/**
 * Writes down what happened, and whom to tell. `transaction` is the one in which it happened, so that neither is there without the
 * other. Without an owner there is nobody to tell.
 */
export async function record<T extends WebhookEventType>(
  transaction: Pick<Queries, 'select' | 'insert'>,
  owner: string | null,
  type: T,
  data: WebhookEventData<T>,
  at: Date,
): Promise<void> {
  if (owner === null) return;
  const [event] = await transaction
    .insert(webhookEvents)
    .values({ owner, type, data, createdAt: at })
    .returning({ id: webhookEvents.id });
  if (!event) throw new Error('no id for a webhook event');
  const interested = await transaction
    .select({ id: webhooks.id })
    .from(webhooks)
    .where(
      and(
        eq(webhooks.owner, owner),
        eq(webhooks.enabled, true),
        or(sql`cardinality(${webhooks.events}) = 0`, sql`${type} = any(${webhooks.events})`),
      ),
    );
  if (interested.length === 0) return;
  await transaction.insert(webhookDeliveries).values(
    interested.map(({ id }) => ({
      webhookId: id,
      eventId: event.id,
      state: 'pending' as const,
      nextAttemptAt: at,
      createdAt: at,
    })),
  );
}
