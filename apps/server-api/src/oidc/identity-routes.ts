import { CodedError, type Identity, identitiesSchema } from '@waterbus/protocol';
import { and, asc, eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { userOf } from '../access/guard.js';
import { requireRecentSignIn } from '../access/recent-sign-in.js';
import { actorOf, audit } from '../audit/audit-log.js';
import { identities, passkeys } from '../database/schema.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { identityId } from './identity-id.js';
import type { IdentityProviders } from './identity-providers.js';
import { lockUser } from './sign-in-user.js';

type IdentityRow = typeof identities.$inferSelect;

/** The accounts at identity providers with which a user signs in. */
export function addIdentityRoutes(fastify: FastifyInstance, parts: ApiParts, providers: IdentityProviders): void {
  const { queries } = parts;
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['accounts'];

  routes.get(
    '/v1/me/identities',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Lists the linked identities of the user, oldest first; 20 at most',
        description: 'Accounts at identity providers that sign this user in.',
        response: { 200: identitiesSchema, ...problemResponses(401, 403, 429) },
      },
    },
    async (request) => {
      const rows = await queries
        .select()
        .from(identities)
        .where(eq(identities.userId, userOf(request).userId))
        .orderBy(asc(identities.createdAt), asc(identities.issuer), asc(identities.subject));
      return { items: rows.map((row) => shownIdentity(row, providers)) };
    },
  );

  routes.delete(
    '/v1/me/identities/:id',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Unlinks an identity',
        description: 'Refused for the last way to sign in: set a password first, or link another identity.',
        params: z.object({ id: z.string() }),
        response: { 204: z.null(), ...problemResponses(401, 403, 404, 409, 429) },
      },
    },
    async (request, reply) => {
      const { userId } = userOf(request);
      requireRecentSignIn(request.principal, parts.clock);
      await queries.transaction(async (transaction) => {
        const user = await lockUser(transaction, userId);
        const mine = await transaction.select().from(identities).where(eq(identities.userId, userId));
        const identity = mine.find((row) => identityId(row) === request.params.id);
        if (!identity) throw new CodedError('identity.not_found');
        // An identity of a provider that the settings no longer name cannot sign in.
        const others = mine.filter((row) => row !== identity && providers.withIssuer(row.issuer));
        const keys = await transaction.$count(passkeys, eq(passkeys.userId, userId));
        if (!user?.passwordHash && others.length + keys === 0) throw new CodedError('identity.last');
        await transaction
          .delete(identities)
          .where(and(eq(identities.issuer, identity.issuer), eq(identities.subject, identity.subject)));
        const event = { action: 'identity.unlinked', userId, target: request.params.id } as const;
        await audit(transaction, actorOf(request), new Date(parts.clock.date()), event);
      });
      return reply.code(204).send(null);
    },
  );
}

function shownIdentity(row: IdentityRow, providers: IdentityProviders): Identity {
  return {
    id: identityId(row),
    provider: providers.withIssuer(row.issuer) ?? null,
    issuer: row.issuer,
    createdAt: row.createdAt.toISOString(),
  };
}
