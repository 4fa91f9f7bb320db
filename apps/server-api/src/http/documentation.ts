import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { quietLogLevel } from './quiet-log-level.js';

/** The OpenAPI document at /docs/json and a page of it at /docs, without anything from other hosts. */
export async function addDocumentation(fastify: FastifyInstance): Promise<void> {
  await fastify.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Waterbus API',
        description:
          'Meetings of a Waterbus server. Errors are problem+json (RFC 9457) with a `code`. Real time goes over Server WS: ' +
          'join a meeting here and take the token there.',
        version: '1',
      },
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description:
              'The access token of a signed-in user, an API key, the resume token of somebody in the call, or the host token of a meeting.',
          },
        },
      },
      tags: [
        { name: 'meetings', description: 'Creating, finding and joining' },
        { name: 'participants', description: 'Who is and was in the call, and turning them out' },
        { name: 'messages', description: 'The chat of a meeting' },
        { name: 'events', description: 'What happens, as it happens' },
        { name: 'health', description: 'For load balancers and orchestrators' },
      ],
    },
    transform: jsonSchemaTransform,
  });
  await fastify.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    transformStaticCSP: () => pagePolicy,
    uiConfig: { validatorUrl: null, docExpansion: 'list' },
    logLevel: quietLogLevel(fastify),
  });
}

/** The page's own sources only. Its bundle sets inline styles and draws its icons from data addresses. */
const pagePolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
