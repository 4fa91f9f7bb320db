import {
  editMessageRequestSchema,
  listMessagesQuerySchema,
  markReadRequestSchema,
  messageResponseSchema,
  messagesPageSchema,
  sendMessageRequestSchema,
  unreadSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { deleteMessage, editMessage } from './changing.js';
import { listMessages, markRead } from './reading.js';
import { sendMessage } from './sending.js';

export async function addMessageRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const { queries } = parts;
  const tags = ['messages'];

  routes.post(
    '/v1/meetings/:code/messages',
    {
      config: { access: { by: 'meeting', action: 'sendMessage' } },
      schema: {
        tags,
        summary: 'Sends a message to the members and to those in the call',
        description:
          'With a `clientId` that this sender used before, nothing is sent and the message of then is answered, with 200.',
        params: meetingParams,
        body: sendMessageRequestSchema,
        response: {
          200: messageResponseSchema,
          201: messageResponseSchema,
          ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503),
        },
      },
    },
    async ({ access, principal, body }, reply) => {
      const { message, fresh } = await sendMessage(parts, access, principal, body);
      return reply.code(fresh ? 201 : 200).send({ message });
    },
  );

  routes.get(
    '/v1/meetings/:code/messages',
    {
      config: { access: { by: 'meeting', action: 'readMessages' } },
      schema: {
        tags,
        summary: 'Messages, newest first; with `after` oldest first',
        description:
          'Deleted ones stay, without text. Guests read what was sent since they came, for as long as they are in the call.',
        params: meetingParams,
        querystring: listMessagesQuerySchema,
        response: { 200: messagesPageSchema, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async ({ access, principal, query }) => listMessages(queries, access, principal, query),
  );

  routes.patch(
    '/v1/meetings/:code/messages/:messageId',
    {
      config: { access: { by: 'meeting', action: 'sendMessage' } },
      schema: {
        tags,
        summary: 'Changes the text of a message of one’s own',
        params: messageParams,
        body: editMessageRequestSchema,
        response: { 200: messageResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async ({ access, principal, params, body }) => ({
      message: await editMessage(parts, access, principal, params.messageId, body.text),
    }),
  );

  routes.delete(
    '/v1/meetings/:code/messages/:messageId',
    {
      config: { access: { by: 'meeting', action: 'deleteMessage' } },
      schema: {
        tags,
        summary: 'Deletes a message: one’s own, or as host or moderator anybody’s',
        description: 'Its place stays, its text is gone for good.',
        params: messageParams,
        response: { 204: z.null().describe('Done'), ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async ({ access, principal, params }, reply) => {
      await deleteMessage(parts, access, principal, params.messageId);
      return reply.code(204).send(null);
    },
  );

  routes.put(
    '/v1/meetings/:code/read',
    {
      config: { access: { by: 'meeting', action: 'readMessages' } },
      schema: {
        tags,
        summary: 'Says up to where a member has read',
        params: meetingParams,
        body: markReadRequestSchema,
        response: { 200: unreadSchema, ...problemResponses(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async ({ access, body }) => markRead(queries, access, body.seq),
  );
}

/** Any text: an invalid code gets the same answer as an absent meeting (M2). */
const meetingParams = z.object({ code: z.string() });
const messageParams = meetingParams.extend({ messageId: z.uuid() });
