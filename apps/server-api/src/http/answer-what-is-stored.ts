import type { FastifyInstance } from 'fastify';
import type { Database } from '../database/database.js';
import { PROBLEM_TYPE, problemOf } from './problem.js';

/**
 * No answer shows data that a power cut could still undo (R5), even of another request that waits
 * for the disk.
 */
export function answerWhatIsStored(fastify: FastifyInstance, database: Database): void {
  if (!database.embedded) return;
  fastify.addHook('onSend', async (_request, reply, payload) => {
    try {
      await database.durable();
      return payload;
    } catch {
      if (reply.statusCode >= 500) return payload;
      const body = JSON.stringify(problemOf('server.unavailable'));
      reply.code(503).type(PROBLEM_TYPE).header('content-length', Buffer.byteLength(body));
      return body;
    }
  });
}
