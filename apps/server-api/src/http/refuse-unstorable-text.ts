import { CodedError, UNSTORABLE_TEXT, unstorableText } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';

/** In front of every route and its schema, those to come included: no such text reaches a query, a topic or a log. */
export function refuseUnstorableText(fastify: FastifyInstance): void {
  fastify.addHook('preValidation', async ({ params, query, body }) => {
    for (const [name, value] of Object.entries({ params, query, body })) {
      const found = unstorableText(value);
      if (found !== undefined) throw new CodedError('request.invalid', `${name}${found}: ${UNSTORABLE_TEXT}`);
    }
  });
}
