import {
  createPollRequestSchema,
  pageQuerySchema,
  pollResponseSchema,
  pollsFileQuerySchema,
  pollsPageSchema,
  votePollRequestSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { PollAnnouncer } from './announcing.js';
import { closePoll, createPoll, deletePoll } from './managing.js';
import { pollsFile, voterNames } from './polls-file.js';
import { allPolls, listPolls } from './reading.js';
import { vote } from './voting.js';

export async function addPollRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const announcer = new PollAnnouncer(parts);
  parts.onClose(() => announcer.close());
  const tags = ['polls'];
  const changes = problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503);

  routes.get(
    '/v1/meetings/:code/polls',
    {
      config: { access: { by: 'meeting', action: 'readPolls' } },
      schema: {
        tags,
        summary: 'Lists the polls of the meeting with their results and the own votes, newest first',
        description:
          '`results` is null while they are hidden until the end. Guests read open polls, and those closed since they joined.',
        params: meetingParams,
        querystring: pageQuerySchema,
        response: { 200: pollsPageSchema, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async ({ access, principal, query }) => listPolls(parts, access, principal, query),
  );

  routes.post(
    '/v1/meetings/:code/polls',
    {
      config: { access: { by: 'meeting', action: 'createPoll' } },
      schema: {
        tags,
        summary: 'Opens a poll for the participants in the call and the members',
        description:
          'For host, moderators, host token and API key, and for those whom the setting `polls` of the meeting permits. A meeting has 100 polls at most, 10 of them open (`limit.reached`).',
        params: meetingParams,
        body: createPollRequestSchema,
        response: { 201: pollResponseSchema, ...changes },
      },
    },
    async (request, reply) => reply.code(201).send({ poll: await createPoll(parts, request, request.body) }),
  );

  routes.put(
    '/v1/meetings/:code/polls/:pollId/vote',
    {
      config: { access: { by: 'meeting', action: 'vote' } },
      schema: {
        tags,
        summary: 'Votes, or replaces the own vote, while the poll is open',
        description:
          'One vote for each person. `chosen` are indexes of `choices`, from 0; without any the vote is withdrawn.',
        params: pollParams,
        body: votePollRequestSchema,
        response: { 200: pollResponseSchema, ...changes },
      },
    },
    async ({ access, principal, params, body }) => ({
      poll: await vote({ ...parts, announcer }, access, principal, params.pollId, body),
    }),
  );

  routes.post(
    '/v1/meetings/:code/polls/:pollId/close',
    {
      config: { access: { by: 'meeting', action: 'closePoll' } },
      schema: {
        tags,
        summary: 'Closes a poll; its results are visible from then on',
        description:
          'For host, moderators, host token and API key, and for the author of the poll. A repetition changes nothing. The server forgets who voted in an anonymous poll.',
        params: pollParams,
        response: { 200: pollResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request) => ({ poll: await closePoll(parts, request, request.params.pollId) }),
  );

  routes.delete(
    '/v1/meetings/:code/polls/:pollId',
    {
      config: { access: { by: 'meeting', action: 'deletePoll' } },
      schema: {
        tags,
        summary: 'Deletes a poll with its votes',
        description: 'For host, moderators, host token and API key, and for the author of the poll.',
        params: pollParams,
        response: { 204: z.null().describe('Done'), ...problemResponses(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      await deletePoll(parts, request, request.params.pollId);
      return reply.code(204).send(null);
    },
  );

  routes.get(
    '/v1/meetings/:code/polls.csv',
    {
      config: { access: { by: 'meeting', action: 'exportPolls' } },
      schema: {
        tags,
        summary: 'Returns the polls as a table for spreadsheets (CSV), a row for each choice, oldest first',
        description:
          'In UTF-8 with a byte order mark, times in `timeZone`. With all names of the voters, unless the poll is anonymous. Hidden results are empty.',
        params: meetingParams,
        querystring: pollsFileQuerySchema,
        response: {
          200: { description: 'The table', content: { 'text/csv': { schema: z.string(), example } } },
          ...problemResponses(400, 401, 403, 404, 429, 503),
        },
      },
    },
    async ({ access, query }, reply) => {
      const { id, code } = access.meeting;
      const polls = await allPolls(parts.queries, id);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${code}-polls.csv"`)
        .send(pollsFile(polls, await voterNames(parts.queries, polls), query.timeZone));
    },
  );
}

/** Any text: an invalid code gets the same answer as an absent meeting (M2). */
const meetingParams = z.object({ code: z.string() });
const pollParams = meetingParams.extend({ pollId: z.uuid() });

const example =
  '\uFEFF"Question","Choice","Votes","People who voted","Names","Opened (UTC)","Closed (UTC)"\r\n' +
  '"When do we meet next?","Monday",0,1,"","2026-01-15 10:00:00","2026-01-15 10:05:00"\r\n' +
  '"When do we meet next?","Thursday",1,1,"Ada Lovelace","2026-01-15 10:00:00","2026-01-15 10:05:00"\r\n';
