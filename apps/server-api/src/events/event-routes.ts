import { userEventSchema } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { userOf } from '../access/guard.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { OpenStreams } from './open-streams.js';

export async function addEventRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const streams = new OpenStreams(parts);
  // Before the server waits for its requests to end: these never do.
  fastify.addHook('preClose', async () => streams.closeAll());

  fastify.withTypeProvider<ZodTypeProvider>().get(
    '/v1/events',
    {
      exposeHeadRoute: false,
      config: { access: { by: 'user' } },
      schema: {
        tags: ['events'],
        summary: 'Streams the events of the user’s meetings',
        description:
          'Server-sent events: each `data:` is one JSON object of the schema below. Earlier events are not replayed: read the lists ' +
          'after connecting. Only host and moderators receive `waiting.changed`. The stream ends with the session, and when the reader ' +
          'is too slow. A user may open ten streams.',
        response: {
          200: {
            description: 'Events',
            content: { 'text/event-stream': { schema: userEventSchema } },
          },
          ...problemResponses(401, 403, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { output } = await streams.open(userOf(request));
      // Also when the reader has disconnected before there was anything to send.
      if (reply.raw.destroyed) output.destroy();
      else reply.raw.once('close', () => output.destroy());
      // Proxies such as nginx would hold events until a buffer is full.
      return reply
        .type('text/event-stream')
        .header('x-accel-buffering', 'no')
        .send(output as never);
    },
  );
}
