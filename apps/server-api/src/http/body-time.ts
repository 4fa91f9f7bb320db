import { Socket } from 'node:net';
import type { Clock } from '@waterbus/cluster';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { answerBadBytes } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is a file: it has time as long as it makes progress. */
    slowBody?: boolean;
  }
}

/**
 * Closes connections whose request does not arrive in time, also after its answer. Node's own limit
 * knows no exceptions by route, and a large file may take longer than any other body.
 */
export function limitBodyTimes(fastify: FastifyInstance, clock: Clock): void {
  // Until then the headers.
  fastify.server.headersTimeout = BODY_TIME;
  fastify.addHook('onRequest', (request, reply, done) => {
    if (hasBody(request)) watch(request, () => reply.raw.headersSent, clock);
    done();
  });
}

function watch(request: FastifyRequest, isAnswered: () => boolean, clock: Clock): void {
  const { raw } = request;
  const { socket } = raw;
  // An injected request has no connection.
  if (!(socket instanceof Socket)) return;
  const slow = request.routeOptions.config.slowBody === true;
  const end = clock.now() + (slow ? LONGEST_UPLOAD : BODY_TIME);
  let received = socket.bytesRead;
  let cancel = clock.after(BODY_TIME, look);

  function look(): void {
    const progress = socket.bytesRead - received;
    received = socket.bytesRead;
    if (slow && progress >= LEAST_PROGRESS && clock.now() < end) {
      cancel = clock.after(BODY_TIME, look);
      return;
    }
    if (!isAnswered()) answerBadBytes(new Error('The request takes too long'), socket);
    socket.destroySoon();
    raw.destroy();
  }

  const stop = () => cancel();
  raw.once('end', stop).once('close', stop);
}

function hasBody({ raw: { headers } }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Milliseconds in which any other request must arrive: no body is large. */
export const BODY_TIME = 30_000;

/** Bytes of a file in each `BODY_TIME`: a tenth of what a telephone gets from EDGE. */
const LEAST_PROGRESS = 64 * 1024;

/** Milliseconds. */
const LONGEST_UPLOAD = 3_600_000;
