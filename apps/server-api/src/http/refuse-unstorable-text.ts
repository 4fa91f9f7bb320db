import { CodedError, UNSTORABLE_TEXT, unstorableText } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';

/**
 * Runs before every route and its schema, including future ones: no such text reaches a query, a
 * topic or a log.
 */
export function refuseUnstorableText(fastify: FastifyInstance): void {
  fastify.addHook('preValidation', async ({ params, query, body }) => {
    for (const [name, value] of Object.entries({ params, query, body })) {
      const found = unstorableText(value);
      if (found !== undefined) throw new CodedError('request.invalid', `${name}${found}: ${UNSTORABLE_TEXT}`);
    }
  });
}
