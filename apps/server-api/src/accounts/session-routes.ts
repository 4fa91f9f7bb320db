import {
  CodedError,
  pageQuerySchema,
  refreshRequestSchema,
  type Session,
  sessionsSchema,
  sessionTokensSchema,
} from '@waterbus/protocol';
import { and, desc, eq, gt } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { userOf } from '../access/guard.js';
import { actorOf } from '../audit/audit-log.js';
import { type SessionRow, sessions as sessionTable } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import type { SessionCookie } from '../sessions/session-cookie.js';
import type { Sessions } from '../sessions/sessions.js';
import { endCredentials, notifyEnded } from './endings.js';

/** Refreshing a session, and ending it. */
export function addSessionRoutes(
  fastify: FastifyInstance,
  parts: ApiParts,
  sessions: Sessions,
  cookie: SessionCookie,
): void {
  const { queries, clock } = parts;
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['accounts'];
  const noContent = z.null();

  routes.post(
    '/v1/sessions/refresh',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Returns new tokens for a refresh token',
        description:
          'A refresh token is valid once; a second use ends the session. A repetition within 10 seconds returns the same generation. ' +
          'Without `refreshToken` the cookie counts; then, and with `refreshIn: "cookie"`, the request must come from the page of this origin.',
        body: refreshRequestSchema,
        response: { 200: sessionTokensSchema, ...problemResponses(400, 401, 403, 413, 415, 429) },
      },
    },
    async (request, reply) => {
      const { refreshIn, refreshToken = cookie.read(request) } = request.body;
      if (refreshIn === 'cookie') cookie.checkOrigin(request);
      if (refreshToken === undefined) throw new CodedError('token.invalid', 'There is no refresh token');
      const tokens = await sessions.refresh(refreshToken, actorOf(request));
      return cookie.send(request, reply, request.body.refreshToken === undefined ? 'cookie' : refreshIn, tokens);
    },
  );

  routes.get(
    '/v1/sessions',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Lists the sessions of the account, newest first',
        description: 'One for each device that is signed in; `current` is the one of the request.',
        querystring: pageQuerySchema,
        response: { 200: sessionsSchema, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async (request) => {
      const { userId, sessionId } = userOf(request);
      const { cursor, limit } = request.query;
      const columns = { at: sessionTable.createdAt, id: sessionTable.id };
      const rows = await queries
        .select()
        .from(sessionTable)
        .where(
          and(
            eq(sessionTable.userId, userId),
            gt(sessionTable.expiresAt, new Date(clock.date())),
            beyond(cursor, columns, 'descending'),
          ),
        )
        .orderBy(desc(sessionTable.createdAt), desc(sessionTable.id))
        .limit(limit + 1);
      const position = (row: SessionRow) => ({ at: row.createdAt, id: row.id });
      return pageOfRows(rows, limit, position, (row) => shownSession(row, sessionId));
    },
  );

  routes.delete(
    '/v1/sessions',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Ends all sessions of the account and its places in calls',
        description: 'API keys, webhooks and linked identities stay.',
        response: { 204: noContent, ...problemResponses(401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { userId } = userOf(request);
      const by = { actor: actorOf(request), at: new Date(clock.date()) };
      const ended = await parts.queries.transaction((transaction) =>
        endCredentials(transaction, 'sign-out-everywhere', userId, by),
      );
      await notifyEnded(parts, ended);
      return reply.code(204).send(null);
    },
  );

  routes.delete(
    '/v1/sessions/current',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Signs out',
        description:
          'Ends the session of the bearer token; without one, that of the refresh token in the cookie, which is deleted. Then the request ' +
          'must come from the page of this origin.',
        response: { 204: noContent, ...problemResponses(401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { principal } = request;
      if (principal.type === 'user') {
        await sessions.end(principal.userId, principal.sessionId, actorOf(request));
      } else if (principal.type === 'anonymous') {
        const refreshToken = request.headers.origin === undefined ? undefined : cookie.read(request);
        if (refreshToken === undefined) throw new CodedError('account.required');
        // A token that is too old, or signed with another secret, has no session any more.
        await sessions.endByRefreshToken(refreshToken, request).catch(onlyRefused);
      } else {
        throw new CodedError('permission.denied');
      }
      cookie.clear(request, reply);
      return reply.code(204).send(null);
    },
  );

  routes.delete(
    '/v1/sessions/:id',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Ends another session',
        description: 'Its access and refresh tokens are refused at once, and its event streams end.',
        params: z.object({ id: z.uuid() }),
        response: { 204: noContent, ...problemResponses(400, 401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      const ended = await sessions.end(userOf(request).userId, request.params.id, actorOf(request));
      if (!ended) throw new CodedError('request.not_found');
      return reply.code(204).send(null);
    },
  );
}

function onlyRefused(error: unknown): void {
  if (!(error instanceof CodedError)) throw error;
}

function shownSession(row: SessionRow, current: string): Session {
  return {
    id: row.id,
    current: row.id === current,
    userAgent: row.userAgent,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  };
}
