import { serverOfferSchema } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { problemResponses } from '../http/problem-responses.js';
import { mailConfigured } from '../mail/mail-queue.js';
import type { ApiParts } from '../parts.js';
import { fileOffer } from '../storage/file-settings.js';
import { openingOf } from './opening.js';

/**
 * The options that the settings allow, so that a page offers nothing that the server would refuse.
 */
export async function addOfferRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const offer = { ...openingOf(parts), mail: mailConfigured(parts), files: fileOffer(parts.options) };
  fastify.withTypeProvider<ZodTypeProvider>().get(
    '/v1/server',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags: ['server'],
        summary: 'Returns the features of the server, and its restrictions',
        description:
          'According to its settings. `mail`: it sends mail, so addresses can be verified and passwords reset. `files`: the limits of files in the chat.',
        response: { 200: serverOfferSchema, ...problemResponses(401, 429) },
      },
    },
    async () => offer,
  );
}
