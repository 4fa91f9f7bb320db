import { Readable } from 'node:stream';
import { CodedError, UNSTORABLE_TEXT, unstorableText } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';

/**
 * Runs before every route and its schema, including future ones: no such text reaches a query, a
 * topic or a log.
 */
export function refuseUnstorableText(fastify: FastifyInstance): void {
  fastify.addHook('preValidation', (request, _reply, done) => {
    for (const name of ['params', 'query', 'body'] as const) {
      // A body that is still a stream, or bytes, is not text.
      if (request[name] instanceof Readable || Buffer.isBuffer(request[name])) continue;
      const found = unstorableText(request[name]);
      if (found === undefined) continue;
      done(new CodedError('request.invalid', `${name}${found}: ${UNSTORABLE_TEXT}`));
      return;
    }
    done();
  });
}
