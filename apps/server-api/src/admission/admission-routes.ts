import {
  admissionResponseSchema,
  idSchema,
  joinMeetingRequestSchema,
  joinMeetingResponseSchema,
  pageQuerySchema,
  waitingPageSchema,
  waitingResponseSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { bearerToken } from '../access/authentication.js';
import { logWith } from '../http/log-ids.js';
import { problemResponses } from '../http/problem-responses.js';
import { network } from '../limits/network.js';
import type { ApiParts } from '../parts.js';
import { currentAdmission } from './current-admission.js';
import { proofOfUnseen } from './entry.js';
import { joinMeeting } from './join-meeting.js';
import { LongPolls } from './long-polls.js';
import { ADMISSION_AUDIENCE } from './waiting.js';
import { decideWaiting, giveUpWaiting, waitingOf } from './waiting-list.js';

/** Joining a meeting, and its waiting room. */
export async function addAdmissionRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['admission'];
  const polls = new LongPolls(parts.cluster, parts.clock);
  fastify.addHook('preClose', async () => polls.end());

  routes.post(
    '/v1/meetings/:code/join',
    {
      config: {
        access: {
          by: 'meeting',
          action: 'join',
          unseen: async (request, access) => {
            await parts.limits.count('join', request.ip);
            const body = joinMeetingRequestSchema.safeParse(request.body);
            const { code } = request.params as { code: string };
            const device = parts.devices.of(request);
            const attempt = { code, address: request.ip, limits: parts.limits, device };
            return body.success ? proofOfUnseen(access, { ...attempt, request: body.data }) : undefined;
          },
        },
      },
      schema: {
        tags,
        summary: 'Joins a meeting: returns a join token and the origins of Server WS, or a place in the waiting room',
        description:
          'The token is valid once, on a Server WS, within `expiresIn` seconds. Members need no password; neither lock nor ' +
          'waiting room applies to them. 202: a moderator decides; poll `GET /v1/admissions/current`. `replaces` moves the call from ' +
          'own devices, which leave once the new one is in; `returnToken` is for a guest after a reload.',
        params: codeParams,
        body: joinMeetingRequestSchema,
        response: {
          200: joinMeetingResponseSchema,
          202: waitingResponseSchema,
          ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503),
        },
      },
    },
    async (request, reply) => {
      await parts.limits.count('join', request.ip);
      const attributes = { 'http.request.method': 'POST', 'http.route': String(request.routeOptions.url) };
      const answer = await parts.tracer.run({ name: 'api join', kind: 'server', root: true, attributes }, () =>
        joinMeeting(parts, request, reply, request.body),
      );
      if ('participantId' in answer) logWith(request, { participantId: answer.participantId });
      return answer.status === 'waiting' ? reply.code(202).send(answer) : reply.send(answer);
    },
  );

  routes.get(
    '/v1/admissions/current',
    {
      config: { access: { by: 'handler' } },
      schema: {
        tags,
        summary: 'Returns the decision about a waiting person',
        description:
          'The bearer token is the admission token. The server answers after the decision, or with `waiting` after 20 s: repeat the ' +
          'request. Without a request for a minute, moderators no longer see the person. Each answer `admitted` has a new join token.',
        response: { 200: admissionResponseSchema, ...problemResponses(401, 409, 429) },
      },
    },
    async (request, reply) => {
      const claims = parts.tokens.read(bearerToken(request.headers.authorization), ADMISSION_AUDIENCE);
      const [participantId, meetingId] = [String(claims.sub), String(claims.meetingId)];
      logWith(request, { meetingId, participantId });
      const waiter = { participantId, meetingId, network: network(request.ip) };
      const gone = (wake: () => void) => void reply.raw.once('close', wake);
      const decided = await polls.wait(waiter, gone, () => currentAdmission(parts, participantId));
      return decided ?? { status: 'waiting' as const };
    },
  );

  routes.delete(
    '/v1/admissions/current',
    {
      config: { access: { by: 'handler' } },
      schema: {
        tags,
        summary: 'Cancels a wait',
        description:
          'The bearer token is the admission token. Moderators no longer see the person. A repetition is not an error.',
        response: { 204: z.null(), ...problemResponses(401, 429) },
      },
    },
    async (request, reply) => {
      const { sub } = parts.tokens.read(bearerToken(request.headers.authorization), ADMISSION_AUDIENCE);
      logWith(request, { participantId: String(sub) });
      await giveUpWaiting(parts, String(sub));
      return reply.code(204).send(null);
    },
  );

  routes.get(
    '/v1/meetings/:code/waiting',
    {
      config: { access: { by: 'meeting', action: 'moderate' } },
      schema: {
        tags,
        summary: 'Lists the waiting persons, the first arrival first',
        description: 'For those who may admit: host and moderators. Its changes are events of the stream.',
        params: codeParams,
        querystring: pageQuerySchema,
        response: { 200: waitingPageSchema, ...problemResponses(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request) => waitingOf(parts.queries, request.access.meeting.id, parts.clock.date(), request.query),
  );

  for (const [word, decision] of [
    ['admit', 'admitted'],
    ['deny', 'denied'],
  ] as const) {
    routes.post(
      `/v1/meetings/:code/waiting/:id/${word}`,
      {
        config: { access: { by: 'meeting', action: 'moderate' } },
        schema: {
          tags,
          summary: word === 'admit' ? 'Admits a waiting person' : 'Denies a waiting person',
          description: 'The waiting request of the person is answered at once. For host and moderators.',
          params: codeParams.extend({ id: idSchema }),
          response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 409, 429) },
        },
      },
      async (request, reply) => {
        await decideWaiting(parts, request, request.params.id, decision);
        return reply.code(204).send(null);
      },
    );
  }
}

/** Any text: an invalid code gets the same answer as an absent meeting (M2). */
const codeParams = z.object({ code: z.string() });
