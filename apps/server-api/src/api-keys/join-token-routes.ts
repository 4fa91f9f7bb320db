import { randomUUID } from 'node:crypto';
import { createJoinTokenRequestSchema, joinMeetingResponseSchema } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { stillCounts } from '../access/still-counts.js';
import { admit } from '../admission/admit.js';
import { actorOf, audit } from '../audit/audit-log.js';
import { problemResponses } from '../http/problem-responses.js';
import { KEY_NETWORK } from '../limits/network.js';
import { lockMeeting } from '../meeting/lock-meeting.js';
import type { ApiParts } from '../parts.js';

/** Join tokens for people whom another back end admits. */
export function addJoinTokenRoutes(fastify: FastifyInstance, parts: ApiParts): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  routes.post(
    '/v1/meetings/:code/join-tokens',
    {
      config: { access: { by: 'meeting', action: 'issueJoinToken' } },
      schema: {
        tags: ['API keys'],
        summary: 'Creates a join token for a person, with or without an account',
        description:
          'For the API key that owns the meeting. The holder joins without a password, also a locked meeting, and never waits. ' +
          'Omitted grants follow from the role and the settings of the meeting.',
        params: z.object({ code: z.string() }),
        body: createJoinTokenRequestSchema,
        response: { 201: joinMeetingResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429) },
      },
    },
    async (request, reply) => {
      const { name, role, grants, metadata, expiresIn } = request.body;
      const { meeting } = request.access;
      const participantId = randomUUID();
      const admitted = await parts.queries.transaction(async (transaction) => {
        await lockMeeting(transaction, meeting.id, 'share');
        await stillCounts(transaction, request.principal);
        const admitted = await admit(parts, transaction, meeting, {
          participantId,
          name,
          role,
          ownGrants: grants,
          metadata,
          // The address of the request is the back end's: a ban of one guest by it would ban all.
          network: `${KEY_NETWORK}${participantId}`,
          lifetime: expiresIn,
        });
        if (grants?.hidden) {
          const event = { action: 'observer.token-created', meetingId: meeting.id, target: participantId } as const;
          await audit(transaction, actorOf(request), new Date(parts.clock.date()), event);
        }
        return admitted;
      });
      const origin = parts.options.publicUrl ?? `${request.protocol}://${request.host}`;
      // The page that joins is another one: an empty origin would mean that one.
      const signalling = admitted.signalling.map((own) => (own === '' ? origin : own));
      return reply.code(201).send({ ...admitted, signalling });
    },
  );
}
