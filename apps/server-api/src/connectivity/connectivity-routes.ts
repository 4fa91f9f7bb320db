import { connectivitySchema } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { clientOf } from './client.js';
import { readConnectivity } from './read-connectivity.js';
import { wayOf } from './way.js';

/** The servers with which a browser tests its network before it joins. */
export async function addConnectivityRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  fastify.withTypeProvider<ZodTypeProvider>().get(
    '/v1/connectivity',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags: ['server'],
        summary: 'Returns servers for a test of the network',
        description:
          'Before a call, a browser tests which paths its network permits: `media` answer STUN Binding requests over ' +
          'UDP, `iceServers` are relays with credentials for a minute, `signalling` are the origins of Server WS. ' +
          '`media` and `iceServers` are empty while no Server WS answers.',
        response: { 200: connectivitySchema, ...problemResponses(401, 429) },
      },
    },
    async (request, reply) => {
      await parts.limits.count('connectivity', request.ip);
      // Addresses and credentials are those of this client.
      reply.header('cache-control', 'no-store');
      const found = await readConnectivity(parts, { client: clientOf(request), way: wayOf(request, parts) });
      return { signalling: parts.signallingOrigins, ...found };
    },
  );
}
