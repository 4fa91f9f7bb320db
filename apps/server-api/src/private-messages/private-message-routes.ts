import {
  pageQuerySchema,
  privateMessageResponseSchema,
  privateMessagesPageSchema,
  readPrivateMessagesRequestSchema,
  sendPrivateMessageRequestSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { deletePrivately, listPrivately, readPrivately } from './reading.js';
import { sendPrivately } from './sending.js';

export async function addPrivateMessageRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['messages'];

  routes.post(
    '/v1/meetings/:code/private-messages',
    {
      config: { access: { by: 'meeting', action: 'sendMessage' } },
      schema: {
        tags,
        summary: 'Sends a message to one participant in the call or one member, and to nobody else',
        description:
          'The setting `privateMessages` of the meeting permits it. If this sender has used the `clientId` before, the server sends nothing and returns the earlier message with 200.',
        params: meetingParams,
        body: sendPrivateMessageRequestSchema,
        response: {
          200: privateMessageResponseSchema,
          201: privateMessageResponseSchema,
          ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503),
        },
      },
    },
    async ({ access, principal, body }, reply) => {
      const { message, fresh } = await sendPrivately(parts, access, principal, body);
      return reply.code(fresh ? 201 : 200).send({ message });
    },
  );

  routes.get(
    '/v1/meetings/:code/private-messages',
    {
      config: { access: { by: 'meeting', action: 'readMessages' } },
      schema: {
        tags,
        summary: 'Lists the private messages that the user wrote or received, newest first',
        description: 'Nobody reads those of others. Deleted ones are not in the list.',
        params: meetingParams,
        querystring: pageQuerySchema,
        response: { 200: privateMessagesPageSchema, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async ({ access, principal, query }) => listPrivately(parts.queries, access, principal, query),
  );

  routes.delete(
    '/v1/meetings/:code/private-messages/:messageId',
    {
      config: { access: { by: 'meeting', action: 'deleteMessage' } },
      schema: {
        tags,
        summary: 'Deletes the user’s own private message, for both sides',
        description: 'No trace of it stays in either list.',
        params: meetingParams.extend({ messageId: z.uuid() }),
        response: { 204: z.null().describe('Done'), ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async ({ access, principal, params }, reply) => {
      await deletePrivately(parts, access, principal, params.messageId);
      return reply.code(204).send(null);
    },
  );

  routes.put(
    '/v1/meetings/:code/private-messages/read',
    {
      config: { access: { by: 'meeting', action: 'readMessages' } },
      schema: {
        tags,
        summary: 'Marks a received private message and all earlier ones as read',
        description: 'Their authors are not informed.',
        params: meetingParams,
        body: readPrivateMessagesRequestSchema,
        response: { 204: z.null().describe('Done'), ...problemResponses(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async ({ access, principal, body }, reply) => {
      await readPrivately(parts, access, principal, body.messageId);
      return reply.code(204).send(null);
    },
  );
}

/** Any text: an invalid code gets the same answer as an absent meeting (M2). */
const meetingParams = z.object({ code: z.string() });
