import type { Readable } from 'node:stream';
import { CodedError, fileResponseSchema, LARGEST_PREVIEW, type Role } from '@waterbus/protocol';
import { create as contentDisposition } from 'content-disposition';
import { eq } from 'drizzle-orm';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { withoutMetadata } from '../avatars/metadata.js';
import { pictureTypeOf, pictureTypes } from '../avatars/picture.js';
import { files } from '../database/schema.js';
import { problemResponses } from '../http/problem-responses.js';
import { senderOf } from '../messages/author.js';
import { checkMayWrite } from '../messages/sending.js';
import { shownFile } from '../messages/shown-file.js';
import type { ApiParts } from '../parts.js';
import type { ObjectStorage } from '../storage/object-storage.js';
import { objectsOf } from './open-files.js';
import { fileParams, findUnsent, unsentFile } from './own-file.js';
import { PictureCleaner } from './picture-cleaner.js';
import { readableFile } from './readable-file.js';
import { receive } from './receive.js';
import { UploadSlots } from './upload-slots.js';

/** The bytes of files, in both directions as streams. */
export async function addContentRoutes(
  fastify: FastifyInstance,
  parts: ApiParts,
  storage: ObjectStorage,
): Promise<void> {
  const { queries } = parts;
  const tags = ['messages'];
  const binary = z.any().meta({ type: 'string', format: 'binary' });
  const cleaner = new PictureCleaner(storage);
  const slots = new UploadSlots();

  const senderFor = ({ access, principal }: Pick<FastifyRequest, 'access' | 'principal'>) => {
    const sender = senderOf(principal);
    if (sender === undefined) throw new CodedError('permission.denied');
    checkMayWrite(access.meeting, access.standing as Role);
    return sender;
  };

  await fastify.register(async (scope) => {
    // The guard runs before a byte is read: whatever the type, the handler reads the stream.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, body, done) => done(null, body));
    scope.addHook('onSend', async (request, reply) => {
      // The rest of a refused body is not waited for.
      if (!request.raw.readableEnded) reply.header('connection', 'close');
    });
    scope.withTypeProvider<ZodTypeProvider>().put(
      '/v1/meetings/:code/files/:fileId/content',
      {
        // The announced size limits it.
        bodyLimit: Number.MAX_SAFE_INTEGER,
        config: { access: { by: 'meeting', action: 'sendMessage' }, slowBody: true },
        schema: {
          tags,
          summary: 'Uploads the bytes of an announced file',
          description:
            'The body is the file. From PNG, JPEG, WebP and GIF pictures the server removes place, time and all other data that browsers do not need to draw them. After a failure, send all bytes again.',
          consumes: ['application/octet-stream'],
          body: binary,
          params: fileParams,
          response: { 200: fileResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503) },
        },
      },
      async (request) => {
        const sender = senderFor(request);
        const { access, params } = request;
        const meetingId = access.meeting.id;
        const row = await findUnsent(queries, meetingId, sender, params.fileId);
        const length = request.headers['content-length'];
        if (length !== undefined && Number(length) !== row.size) throw new CodedError('file.incomplete');
        const body: unknown = request.body;
        if (!isStream(body)) throw new CodedError('file.incomplete');
        const { size, picture } = await slots.use(sender, () => receive(storage, cleaner, row, body));
        const stored = {
          ...{ size, stored: true, preview: false },
          pictureType: picture?.shown ? picture.type : null,
          width: picture?.shown?.width ?? null,
          height: picture?.shown?.height ?? null,
        };
        const [changed] = await queries
          .update(files)
          .set(stored)
          .where(unsentFile(meetingId, sender, row.id))
          .returning();
        if (!changed) throw new CodedError('file.not_found');
        return { file: shownFile(changed) };
      },
    );
  });

  await fastify.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: LARGEST_PREVIEW }, (_request, body, done) =>
      done(null, body),
    );
    scope.withTypeProvider<ZodTypeProvider>().put(
      '/v1/meetings/:code/files/:fileId/preview',
      {
        bodyLimit: LARGEST_PREVIEW,
        config: { access: { by: 'meeting', action: 'sendMessage' } },
        schema: {
          tags,
          summary: 'Uploads a small picture of an own picture that was not sent',
          description: `Pages show it in the list of messages. PNG, JPEG, WebP or GIF, ${LARGEST_PREVIEW} bytes at most.`,
          consumes: ['application/octet-stream'],
          body: binary,
          params: fileParams,
          response: { 200: fileResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503) },
        },
      },
      async (request) => {
        const sender = senderFor(request);
        const row = await findUnsent(queries, request.access.meeting.id, sender, request.params.fileId);
        const bytes: unknown = request.body;
        if (!Buffer.isBuffer(bytes) || !row.pictureType) throw new CodedError('avatar.unsupported');
        const type = await pictureTypeOf(bytes);
        await storage.put(objectsOf(row.id).preview, withoutMetadata(type, bytes), type);
        const [changed] = await queries.update(files).set({ preview: true }).where(eq(files.id, row.id)).returning();
        if (!changed) throw new CodedError('file.not_found');
        return { file: shownFile(changed) };
      },
    );
  });

  for (const part of ['content', 'preview'] as const) {
    fastify.withTypeProvider<ZodTypeProvider>().get(
      `/v1/meetings/:code/files/:fileId/${part}`,
      {
        config: { access: { by: 'meeting', action: 'readMessages' } },
        schema: {
          tags,
          summary: part === 'content' ? 'Returns the bytes of a file' : 'Returns the small picture of a picture',
          description:
            'For those who may read its message. Only pictures have their own type; every other file is `application/octet-stream`, to be saved.',
          params: fileParams,
          response: {
            200: {
              description: 'The bytes',
              content: Object.fromEntries(
                [...pictureTypes, 'application/octet-stream'].map((type) => [type, { schema: binary }]),
              ),
            },
            ...problemResponses(400, 401, 403, 404, 429, 503),
          },
        },
      },
      async ({ access, principal, params: { fileId } }, reply) => {
        const row = await readableFile(queries, access, principal, fileId);
        if (part === 'preview' && !row.preview) throw new CodedError('file.not_found');
        const stored = await storage.read(objectsOf(row.id)[part]);
        if (!stored) throw new CodedError('file.not_found');
        if (part === 'preview') return sendPreview(reply, stored.stream);
        describeContent(reply, row.name, row.pictureType);
        return reply.header('content-length', stored.size).send(stored.stream);
      },
    );
  }
}

/** Its bytes are few, and say its type. */
async function sendPreview(reply: FastifyReply, stream: Readable): Promise<FastifyReply> {
  const bytes = Buffer.concat(await stream.toArray());
  describeContent(reply, undefined, await pictureTypeOf(bytes));
  return reply.send(bytes);
}

/** No browser runs or draws it as a page of this origin, whatever its bytes are. */
function describeContent(reply: FastifyReply, name: string | undefined, pictureType: string | null): void {
  const type = pictureType === null ? 'attachment' : 'inline';
  reply
    .type(pictureType ?? 'application/octet-stream')
    .header('content-disposition', contentDisposition(name, { type }))
    .header('content-security-policy', "default-src 'none'; sandbox");
}

function isStream(body: unknown): body is Readable {
  return typeof (body as Partial<Readable> | undefined)?.pipe === 'function';
}
