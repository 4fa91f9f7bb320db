import { and, asc, eq } from 'drizzle-orm';
import { ownerOfUser } from '../access/principal.js';
import { meetings, webhookEvents, webhooks } from '../database/schema.js';
import { type ExportedParts, listed, PAGE, paged } from './exported-rows.js';

/** Everything that a user owns. */
export const property: ExportedParts<'webhooks' | 'webhookEvents' | 'meetings'> = {
  webhooks: (queries, userId) =>
    listed(
      queries
        .select({
          id: webhooks.id,
          url: webhooks.url,
          events: webhooks.events,
          enabled: webhooks.enabled,
          createdAt: webhooks.createdAt,
        })
        .from(webhooks)
        .where(eq(webhooks.owner, ownerOfUser(userId))),
    ),
  webhookEvents: (queries, userId) =>
    paged(webhookEvents.id, (beyond) =>
      queries
        .select({
          id: webhookEvents.id,
          type: webhookEvents.type,
          data: webhookEvents.data,
          createdAt: webhookEvents.createdAt,
        })
        .from(webhookEvents)
        .where(and(eq(webhookEvents.owner, ownerOfUser(userId)), beyond))
        .orderBy(asc(webhookEvents.id))
        .limit(PAGE),
    ),
  meetings: (queries, userId) =>
    paged(meetings.id, (beyond) =>
      queries
        .select({
          id: meetings.id,
          code: meetings.code,
          title: meetings.title,
          locked: meetings.locked,
          waitingRoom: meetings.waitingRoom,
          settings: meetings.settings,
          scheduledStart: meetings.scheduledStart,
          schedule: meetings.schedule,
          createdAt: meetings.createdAt,
          archivedAt: meetings.archivedAt,
        })
        .from(meetings)
        .where(and(eq(meetings.owner, ownerOfUser(userId)), beyond))
        .orderBy(asc(meetings.id))
        .limit(PAGE),
    ),
};
