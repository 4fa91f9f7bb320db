import { type AdministratorAuditEvent, administratorAuditEventsSchema, pageQuerySchema } from '@waterbus/protocol';
import { and, desc, sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { type AuditEventRow, auditEvents } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';

/** The actions of administrators, for administrators. */
export function addChangeRoutes(fastify: FastifyInstance, { queries }: ApiParts): void {
  fastify.withTypeProvider<ZodTypeProvider>().get(
    '/v1/admin/audit-events',
    {
      config: { access: { by: 'administrator' } },
      schema: {
        tags: ['administration'],
        summary: 'Lists the changes that administrators made, newest first',
        description: 'Kept for a year unless the server is configured otherwise.',
        querystring: pageQuerySchema,
        response: { 200: administratorAuditEventsSchema, ...problemResponses(400, 401, 404, 429) },
      },
    },
    async ({ query: { cursor, limit } }) => {
      const columns = { at: auditEvents.createdAt, id: auditEvents.id };
      const rows = await queries
        .select()
        .from(auditEvents)
        // A constant, so that the planner finds the partial index.
        .where(and(sql`actor_kind = 'administrator'`, beyond(cursor, columns, 'descending')))
        .orderBy(desc(auditEvents.createdAt), desc(auditEvents.id))
        .limit(limit + 1);
      return pageOfRows(rows, limit, (row) => ({ at: row.createdAt, id: row.id }), shown);
    },
  );
}

function shown(row: AuditEventRow): AdministratorAuditEvent {
  const { id, actorKind, actorId, actorName, target, details, network, createdAt, action } = row;
  const actor = { kind: actorKind, id: actorId, name: actorName };
  return {
    id,
    actor,
    action,
    target: target ?? row.userId ?? row.meetingId,
    details,
    network,
    createdAt: createdAt.toISOString(),
  };
}
