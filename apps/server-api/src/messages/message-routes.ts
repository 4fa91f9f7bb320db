import {
  editMessageRequestSchema,
  listMessagesQuerySchema,
  markReadRequestSchema,
  messageResponseSchema,
  messagesPageSchema,
  reactionsResponseSchema,
  sendMessageRequestSchema,
  unreadSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { deleteMessage, editMessage } from './changing.js';
import { react } from './reacting.js';
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
        summary: 'Sends a message to the members and to the participants in the call',
        description:
          'If this sender has used the `clientId` before, the server sends nothing and returns the earlier message with 200.',
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
        summary: 'Lists messages, newest first; with `after` oldest first',
        description:
          'Deleted messages stay in the list, without text. Guests read messages sent since they joined, while they are in the call.',
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
        summary: 'Changes the text of the user’s own message',
        description: '`editedAt` shows the time of the last change.',
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
        summary: 'Deletes the user’s own message; host and moderators delete any',
        description: 'The message stays in the list; its text, files, mentions and reactions are deleted permanently.',
        params: messageParams,
        response: { 204: z.null().describe('Done'), ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async ({ access, principal, params }, reply) => {
      await deleteMessage(parts, access, principal, params.messageId);
      return reply.code(204).send(null);
    },
  );

  for (const method of ['PUT', 'DELETE'] as const) {
    routes.route({
      method,
      url: '/v1/meetings/:code/messages/:messageId/reactions/:emoji',
      config: { access: { by: 'meeting', action: 'sendMessage' } },
      schema: {
        tags,
        summary: method === 'PUT' ? 'Adds a reaction to a message' : 'Removes the user’s own reaction from a message',
        description: 'A repetition changes nothing. `emoji` is one emoji, percent-encoded in UTF-8.',
        params: messageParams.extend({ emoji: z.string() }),
        response: { 200: reactionsResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 429, 503) },
      },
      handler: async ({ access, principal, params: { messageId, emoji } }) => ({
        reactions: await react(parts, access, principal, { messageId, emoji, on: method === 'PUT' }),
      }),
    });
  }

  routes.put(
    '/v1/meetings/:code/read',
    {
      config: { access: { by: 'meeting', action: 'readMessages' } },
      schema: {
        tags,
        summary: 'Sets the last message that a member has read',
        description: '`unread` of the meeting counts from it.',
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
