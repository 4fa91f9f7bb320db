import {
  CodedError,
  fileResponseSchema,
  filesPageSchema,
  newFileRequestSchema,
  pageQuerySchema,
  type Role,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { files } from '../database/schema.js';
import { problemResponses } from '../http/problem-responses.js';
import { authorOf, senderOf } from '../messages/author.js';
import { checkMayWrite } from '../messages/sending.js';
import type { ApiParts } from '../parts.js';
import type { StorageOptions } from '../storage/open-storage.js';
import { Announcements } from './announce.js';
import { addContentRoutes } from './content-routes.js';
import { listFiles } from './list-files.js';
import { openFiles } from './open-files.js';
import { fileParams, findUnsent, meetingParams, unsentFile } from './own-file.js';
import { startRemovingFiles } from './remove-files.js';

/** Files of the chat: announced first, then uploaded, then sent with a message. */
export async function addFileRoutes(fastify: FastifyInstance, parts: ApiParts, options: StorageOptions): Promise<void> {
  const { queries, limits } = parts;
  const storage = openFiles(options);
  const announcements = new Announcements(parts);
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['messages'];

  routes.post(
    '/v1/meetings/:code/files',
    {
      config: { access: { by: 'meeting', action: 'sendMessage' } },
      schema: {
        tags,
        summary: 'Announces a file for the chat',
        description:
          'Checks name and size, and reserves the place. Upload its bytes with `PUT …/content`, then send a message with its id within a day.',
        params: meetingParams,
        body: newFileRequestSchema,
        response: { 201: fileResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async ({ access, principal, body }, reply) => {
      const author = await authorOf(queries, principal);
      checkMayWrite(access.meeting, access.standing as Role);
      await limits.countBy('message', author.sender);
      return reply.code(201).send({ file: await announcements.announce(access.meeting.id, author, body) });
    },
  );

  routes.delete(
    '/v1/meetings/:code/files/:fileId',
    {
      config: { access: { by: 'meeting', action: 'sendMessage' } },
      schema: {
        tags,
        summary: 'Discards an own file that was not sent',
        description: 'A file that was sent is deleted with its message.',
        params: fileParams,
        response: { 204: z.null().describe('Done'), ...problemResponses(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async ({ access, principal, params: { fileId } }, reply) => {
      const sender = senderOf(principal);
      if (sender === undefined) throw new CodedError('permission.denied');
      await findUnsent(queries, access.meeting.id, sender, fileId);
      // Its bytes are deleted soon.
      await queries
        .update(files)
        .set({ meetingId: null })
        .where(unsentFile(access.meeting.id, sender, fileId));
      return reply.code(204).send(null);
    },
  );

  routes.get(
    '/v1/meetings/:code/files',
    {
      config: { access: { by: 'meeting', action: 'readMessages' } },
      schema: {
        tags,
        summary: 'Lists the files of the chat, newest first',
        description: 'Those of deleted messages are left out. Guests see the files sent since they joined.',
        params: meetingParams,
        querystring: pageQuerySchema,
        response: { 200: filesPageSchema, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async ({ access, principal, query }) => listFiles(queries, access, principal, query),
  );

  await addContentRoutes(fastify, parts, storage);
  await parts.workers.add(() => startRemovingFiles(parts, storage));
}
