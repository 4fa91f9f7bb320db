import type { ServerOptions } from 'node:https';
import { PROBLEM_TYPE, problemOf, type Readiness, securityHeaders } from '@waterbus/server-api';
import Fastify, { type FastifyInstance } from 'fastify';

/** The answers of a process to the checks of orchestrators. */
export interface Checks {
  /** `/readyz`: whether it takes newcomers. */
  ready(): Readiness;
  /** `/livez`: whether a restart would not help. */
  alive(): Readiness;
}

/**
 * The HTTP server of a process without the API. It carries signalling and answers the health checks
 * of orchestrators. A process that drains is alive and not ready.
 */
export function healthServer(https: ServerOptions | undefined, checks: Checks, publicUrl?: string): FastifyInstance {
  const fastify = Fastify({ https: https ?? null, logger: false, forceCloseConnections: true }) as FastifyInstance;
  const setHeaders = securityHeaders({ signallingOrigins: [], publicUrl, allowedOrigins: [] });
  fastify.addHook('onSend', async (request, reply) => setHeaders(request, reply));
  fastify.get('/healthz', async () => ({ status: 'ok' }));
  for (const [path, check] of [
    ['/readyz', checks.ready],
    ['/livez', checks.alive],
  ] as const) {
    fastify.get(path, async (_request, reply) => {
      const { ok, reason } = check();
      if (ok) return { status: 'ok' };
      const problem = problemOf('server.unavailable', reason);
      return reply.code(problem.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
    });
  }
  fastify.setNotFoundHandler((_request, reply) => {
    const problem = problemOf('request.not_found');
    return reply.code(problem.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
  });
  return fastify;
}
