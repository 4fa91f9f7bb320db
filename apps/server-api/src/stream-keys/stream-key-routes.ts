import {
  createStreamKeyRequestSchema,
  createStreamKeyResponseSchema,
  pageQuerySchema,
  streamKeysPageSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { createStreamKey, deleteStreamKey, streamKeysOf } from './stream-keys.js';

export async function addStreamKeyRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['streams'];
  const access = { by: 'meeting', action: 'invite' } as const;
  const params = z.object({ code: z.string() });

  routes.post(
    '/v1/meetings/:code/stream-keys',
    {
      config: { access },
      schema: {
        tags,
        summary: 'Creates a stream key: the bearer token of an encoder (WHIP) or of a player (WHEP)',
        description:
          'Its holder is a guest with the name of the key: it publishes one sound and one picture and receives nothing, ' +
          'or with `use` `watch` it receives and publishes nothing. ' +
          'It needs no password and never waits, but is refused while the meeting is locked. The secret is returned once.',
        params,
        body: createStreamKeyRequestSchema,
        response: { 201: createStreamKeyResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429) },
      },
    },
    async (request, reply) => reply.code(201).send(await createStreamKey(parts, request, request.body)),
  );

  routes.get(
    '/v1/meetings/:code/stream-keys',
    {
      config: { access },
      schema: {
        tags,
        summary: 'Lists the stream keys, without their secrets, oldest first',
        description: 'A secret is returned once, at the creation.',
        params,
        querystring: pageQuerySchema,
        response: { 200: streamKeysPageSchema, ...problemResponses(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request) => streamKeysOf(parts.queries, request.access.meeting.id, request.query),
  );

  routes.delete(
    '/v1/meetings/:code/stream-keys/:id',
    {
      config: { access },
      schema: {
        tags,
        summary: 'Deletes a stream key, and removes its participant from the call',
        description: 'Encoders and players that use it are refused from then on.',
        params: params.extend({ id: z.uuid() }),
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      await deleteStreamKey(parts, request, request.params.id);
      return reply.code(204).send(null);
    },
  );
}
