import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The ids by which an administrator finds all lines about a meeting or a participant. */
export interface LogIds {
  meetingId?: string | undefined;
  participantId?: string | undefined;
}

/** All later log lines of the request carry these ids, beside the id of the request itself. */
export function logWith(request: FastifyRequest, ids: LogIds): void {
  const known = Object.entries(ids).filter(([, id]) => id !== undefined);
  if (known.length > 0) request.log = request.log.child(Object.fromEntries(known));
}

/** Fastify writes the line about the end of a request with the logger of the reply. */
export function logEndsWithIds(fastify: FastifyInstance): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    reply.log = request.log;
    done();
  });
}
