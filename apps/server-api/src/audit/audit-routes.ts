import {
  type AccountAuditAction,
  accountAuditEventsSchema,
  type MeetingAuditAction,
  meetingAuditEventsSchema,
  type PageQuery,
  pageQuerySchema,
} from '@waterbus/protocol';
import { and, desc, eq } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { userOf } from '../access/guard.js';
import type { Queries } from '../database/database.js';
import { type AuditEventRow, auditEvents } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';

/** The audit logs, for those whom they concern. */
export async function addAuditRoutes(fastify: FastifyInstance, { queries }: ApiParts): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/v1/me/audit-events',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags: ['accounts'],
        summary: 'Lists the audit events of the account, newest first',
        description:
          'Sign-ins, and changes of passwords, second factors, API keys, webhooks and identities; ' +
          'kept for a year unless the server is configured otherwise. ' +
          'Sign-ins that a limit refused are listed once an hour.',
        querystring: pageQuerySchema,
        response: { 200: accountAuditEventsSchema, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async (request) =>
      page(queries, auditEvents.userId, userOf(request).userId, request.query, (row) => ({
        ...shown(row),
        action: row.action as AccountAuditAction,
        network: row.network,
      })),
  );

  routes.get(
    '/v1/meetings/:code/audit-events',
    {
      config: { access: { by: 'meeting', action: 'listAuditEvents' } },
      schema: {
        tags: ['meetings'],
        summary: 'Lists the audit events of the meeting, its members and its participants, newest first',
        description:
          'For the host, the host token and the API key of the owner; ' +
          'kept for a year unless the server is configured otherwise.',
        params: z.object({ code: z.string() }),
        querystring: pageQuerySchema,
        response: { 200: meetingAuditEventsSchema, ...problemResponses(400, 401, 403, 404, 429) },
      },
    },
    async ({ access, query }) =>
      page(queries, auditEvents.meetingId, access.meeting.id, query, (row) => ({
        ...shown(row),
        action: row.action as MeetingAuditAction,
      })),
  );
}

async function page<Item>(
  queries: Queries,
  whose: AnyPgColumn,
  id: string,
  { cursor, limit }: PageQuery,
  item: (row: AuditEventRow) => Item,
) {
  const columns = { at: auditEvents.createdAt, id: auditEvents.id };
  const rows = await queries
    .select()
    .from(auditEvents)
    .where(and(eq(whose, id), beyond(cursor, columns, 'descending')))
    .orderBy(desc(auditEvents.createdAt), desc(auditEvents.id))
    .limit(limit + 1);
  return pageOfRows(rows, limit, (row) => ({ at: row.createdAt, id: row.id }), item);
}

function shown({ id, actorKind, actorId, actorName, target, details, createdAt }: AuditEventRow) {
  const actor = { kind: actorKind, id: actorId, name: actorName };
  return { id, actor, target, details, createdAt: createdAt.toISOString() };
}
