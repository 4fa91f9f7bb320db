import { Histograms, LATENCY_BOUNDS } from '@waterbus/telemetry';
import type { FastifyInstance } from 'fastify';

/**
 * The time of each request, by the route as declared: paths hold meeting codes. Streams of events
 * are left out, since they last as long as their clients.
 */
export class RequestTimes {
  readonly durations = new Histograms<'method' | 'route' | 'status'>(LATENCY_BOUNDS);

  watch(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      const stream = String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream');
      const { method, url: route = 'none' } = request.routeOptions;
      const isKnown = typeof method === 'string' || Array.isArray(method);
      if (!stream) {
        this.durations.observe(
          { method: isKnown ? request.method : 'none', route, status: `${Math.floor(reply.statusCode / 100)}xx` },
          reply.elapsedTime / 1000,
        );
      }
      done();
    });
  }
}
