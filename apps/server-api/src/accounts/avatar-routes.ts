import { CodedError, LARGEST_AVATAR, userSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { userOf } from '../access/guard.js';
import { newAvatarId, typeOfAvatar } from '../avatars/avatar-id.js';
import { withoutMetadata } from '../avatars/metadata.js';
import { pictureTypeOf, pictureTypes } from '../avatars/picture.js';
import { type UserRow, users } from '../database/schema.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { shownUser } from '../sessions/shown-user.js';
import type { ObjectStorage } from '../storage/object-storage.js';

/** Pictures of users. */
export async function addAvatarRoutes(
  fastify: FastifyInstance,
  parts: ApiParts,
  storage: ObjectStorage,
): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['accounts'];
  const picture = z.any().meta({ type: 'string', format: 'binary' });

  await fastify.register(async (scope) => {
    const types = [...pictureTypes, 'application/octet-stream'];
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(types, { parseAs: 'buffer', bodyLimit: LARGEST_AVATAR }, (_request, body, done) =>
      done(null, body),
    );
    scope.withTypeProvider<ZodTypeProvider>().put(
      '/v1/me/avatar',
      {
        bodyLimit: LARGEST_AVATAR,
        config: { access: { by: 'user' } },
        schema: {
          tags,
          summary: 'Sets the picture of the account',
          description: `The body is the picture: PNG, JPEG, WebP or GIF, ${LARGEST_AVATAR} bytes at most. The server removes place, time, comments and all other data that browsers do not need to draw it.`,
          consumes: types,
          body: picture,
          response: { 200: userSchema, ...problemResponses(401, 403, 413, 415, 429, 503) },
        },
      },
      async (request) => {
        const { userId } = userOf(request);
        const bytes: unknown = request.body;
        if (!Buffer.isBuffer(bytes)) throw new CodedError('avatar.unsupported');
        const type = await pictureTypeOf(bytes);
        const id = newAvatarId(type);
        await storage.put(id, withoutMetadata(type, bytes), type);
        try {
          return shownUser(await replace(userId, id), parts);
        } catch (error) {
          await remove(id);
          throw error;
        }
      },
    );
  });

  routes.delete(
    '/v1/me/avatar',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Removes the picture of the account',
        description: 'Participants without a picture are shown by their initials.',
        response: { 204: z.null(), ...problemResponses(401, 403, 429) },
      },
    },
    async (request, reply) => {
      await replace(userOf(request).userId, null);
      return reply.code(204).send(null);
    },
  );

  routes.get(
    '/v1/avatars/:id',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Returns a picture',
        description: 'Its address, `avatarUrl` of a user, cannot be guessed. The picture of an address never changes.',
        params: z.object({ id: z.string() }),
        response: {
          200: {
            description: 'The picture',
            content: Object.fromEntries(pictureTypes.map((type) => [type, { schema: picture }])),
          },
          ...problemResponses(401, 404, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const type = typeOfAvatar(id);
      const bytes = type && (await storage.get(id));
      if (!type || !bytes) throw new CodedError('avatar.not_found');
      return (
        reply
          .type(type)
          // Another picture has another id.
          .header('cache-control', 'public, max-age=31536000, immutable')
          .header('content-security-policy', "default-src 'none'; sandbox")
          .send(bytes)
      );
    },
  );

  /** The former picture is deleted once no response refers to it any more. */
  async function replace(userId: string, avatarId: string | null): Promise<UserRow> {
    const { former, row } = await parts.queries.transaction(async (transaction) => {
      const [before] = await transaction
        .select({ avatarId: users.avatarId })
        .from(users)
        .where(eq(users.id, userId))
        .for('no key update');
      const [after] = await transaction.update(users).set({ avatarId }).where(eq(users.id, userId)).returning();
      // The account was deleted a moment ago, and its session with it.
      if (!before || !after) throw new CodedError('token.invalid');
      return { former: before.avatarId, row: after };
    });
    if (former !== null) await remove(former);
    return row;
  }

  async function remove(id: string): Promise<void> {
    await storage.delete(id).catch((error: unknown) => parts.log.warn({ err: error }, 'deleting a picture failed'));
  }
}
