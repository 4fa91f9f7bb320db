import { BusError, type NodeRecord } from '@waterbus/cluster';
import {
  CodedError,
  NODE_DRAIN,
  type NodeDrain,
  pageQuerySchema,
  type ServerNode,
  serverNodesPageSchema,
} from '@waterbus/protocol';
import { sql } from 'drizzle-orm';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { administratorOf, audit } from '../audit/audit-log.js';
import { pageOfRows, readCursor } from '../http/paging.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';

/** The servers of the cluster, and their drains. */
export function addNodeRoutes(fastify: FastifyInstance, parts: ApiParts): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const config = { access: { by: 'administrator' } } as const;
  const tags = ['administration'];
  const params = z.object({ id: z.string().min(1).max(64) });
  const answers = { 204: z.null(), ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503) };

  routes.get(
    '/v1/admin/nodes',
    {
      config,
      schema: {
        tags,
        summary: 'Lists the servers of the cluster by id: Server API, Server WS and media nodes',
        description: 'Those with a lease: a server that died is listed for 4 seconds at most.',
        querystring: pageQuerySchema,
        response: { 200: serverNodesPageSchema, ...problemResponses(400, 401, 404, 429, 503) },
      },
    },
    async ({ query: { cursor, limit } }) => {
      const all = await parts.cluster.nodes.list();
      const after = readCursor(cursor)?.id ?? '';
      const rows = all.filter(({ id }) => id > after).sort((a, b) => (a.id < b.id ? -1 : 1));
      return pageOfRows(
        rows.slice(0, limit + 1),
        limit,
        ({ id }) => ({ at: new Date(0), id }),
        (record) => shownNode(record, all),
      );
    },
  );

  routes.post(
    '/v1/admin/nodes/:id/drain',
    {
      config,
      schema: {
        tags,
        summary: 'Starts emptying a Server WS with its media nodes',
        description:
          'The node accepts no newcomers, and its participants move to others without leaving their calls. It keeps running. ' +
          '`node.last`: no other node can take over.',
        params,
        response: answers,
      },
    },
    async (request, reply) => {
      await drain(parts, request, request.params.id, { draining: true });
      return reply.code(204).send(null);
    },
  );

  routes.delete(
    '/v1/admin/nodes/:id/drain',
    {
      config,
      schema: {
        tags,
        summary: 'Ends a drain that an administrator started: the node accepts newcomers again',
        description: 'Participants that have moved stay where they are. `server.draining`: the process is stopping.',
        params,
        response: answers,
      },
    },
    async (request, reply) => {
      await drain(parts, request, request.params.id, { draining: false });
      return reply.code(204).send(null);
    },
  );
}

/**
 * The node carries it out and checks it. One after the other on all servers: of two administrators
 * that drain the last two nodes, the second one is refused, because a node answers once the cluster
 * has its state.
 */
async function drain(parts: ApiParts, request: FastifyRequest, id: string, wanted: NodeDrain): Promise<void> {
  const node = await parts.cluster.nodes.get(id);
  if (!node) throw new CodedError('node.not_found');
  if (node.kind !== 'ws') throw new CodedError('node.not_drainable');
  await parts.queries.transaction(async (transaction) => {
    await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended('drained nodes', 0))`);
    try {
      await parts.cluster.bus.request(id, NODE_DRAIN, wanted);
    } catch (error) {
      throw error instanceof BusError ? new CodedError('server.unavailable') : error;
    }
    const action = wanted.draining ? 'node.drain-started' : 'node.drain-cancelled';
    const event = { action, userId: null, target: id } as const;
    await audit(transaction, administratorOf(request), new Date(parts.clock.date()), event);
  });
}

function shownNode(node: NodeRecord, all: readonly NodeRecord[]): ServerNode {
  const { id, kind, ownerId = null, draining, load, endpoints = [] } = node;
  const workers = all.filter((one) => (kind === 'media' ? one === node : one.ownerId === id));
  const loads = workers.flatMap(({ load: { cpu } }) => (cpu === undefined ? [] : [cpu]));
  // A media worker is a process of its Server WS.
  const { about } = all.find((one) => one.id === ownerId) ?? node;
  return {
    id,
    kind,
    ownerId,
    host: about?.host ?? null,
    addresses: endpoints.map(({ address, port }) =>
      address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    ),
    version: about?.version ?? null,
    startedAt: about ? new Date(about.startedAt).toISOString() : null,
    state: draining ? 'draining' : 'serving',
    load: loads.length === 0 ? null : Math.max(...loads),
    rooms: load.rooms ?? null,
    participants: load.participants ?? null,
    transports: kind === 'media' ? (load.transports ?? null) : null,
  };
}
