import { CodedError } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from './problem-responses.js';
import { quietLogLevel } from './quiet-log-level.js';

export type Readiness = { ok: boolean; reason?: string };

/** /healthz: the process runs. /readyz: it can serve. */
export function addHealthRoutes(fastify: FastifyInstance, ready: () => Promise<Readiness>): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const logLevel = quietLogLevel(fastify);
  const okay = z.object({ status: z.literal('ok') });
  routes.get(
    '/healthz',
    {
      logLevel,
      schema: {
        tags: ['health'],
        summary: 'Reports that the process runs',
        description: 'It does not depend on the database: restart the process when it fails.',
        response: { 200: okay },
      },
    },
    async () => ({ status: 'ok' as const }),
  );
  routes.get(
    '/readyz',
    {
      logLevel,
      schema: {
        tags: ['health'],
        summary: 'Reports whether the server can serve requests',
        description:
          '503 while the database does not answer, or while the process stops: send requests to another server.',
        response: { 200: okay, ...problemResponses(503) },
      },
    },
    async () => {
      const { ok, reason } = await ready();
      if (!ok) throw new CodedError('server.unavailable', reason);
      return { status: 'ok' as const };
    },
  );
}
