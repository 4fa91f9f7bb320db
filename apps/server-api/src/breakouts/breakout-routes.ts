import {
  assignRequestSchema,
  breakoutMessageRequestSchema,
  breakoutPeopleSchema,
  breakoutsResponseSchema,
  enterBreakoutRequestSchema,
  enteredBreakoutSchema,
  openBreakoutsRequestSchema,
  updateBreakoutsRequestSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { askForHelp, assign, broadcast, close, openRooms, updateRooms } from './changing.js';
import { Countdown } from './countdown.js';
import { enterRoom } from './enter-room.js';
import { peopleByRoom } from './people.js';

/** The breakout rooms of a meeting, while its call runs. */
export async function addBreakoutRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const countdown = new Countdown(parts);
  await parts.workers.add(() => countdown.start());
  addModeration(fastify, parts, countdown);
  addParticipation(fastify, parts);
}

function addModeration(fastify: FastifyInstance, parts: ApiParts, countdown: Countdown): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const moderate = { access: { by: 'meeting', action: 'moderate' } } as const;

  routes.post(
    '/v1/meetings/:code/breakouts',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Opens breakout rooms',
        description: 'Participants without a room stay in the main room, and so do those that join later.',
        params,
        body: openBreakoutsRequestSchema,
        response: { 201: breakoutsResponseSchema, ...problemResponses(...CHANGING) },
      },
    },
    async (request, reply) => {
      return reply.code(201).send({ breakouts: await openRooms(parts, countdown, request, request.body) });
    },
  );

  routes.patch(
    '/v1/meetings/:code/breakouts',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Changes the end of the breakout rooms, or whether participants choose',
        description: 'All participants see the time that is left, and return to the main room when it is over.',
        params,
        body: updateBreakoutsRequestSchema,
        response: { 200: breakoutsResponseSchema, ...problemResponses(...CHANGING) },
      },
    },
    async (request) => ({ breakouts: await updateRooms(parts, countdown, request, request.body) }),
  );

  routes.delete(
    '/v1/meetings/:code/breakouts',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Closes all breakout rooms',
        description: 'All participants return to the main room. Rooms that are closed are not an error.',
        params,
        response: { 204: nothing, ...problemResponses(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      await close(parts, request);
      return reply.code(204).send(null);
    },
  );

  routes.put(
    '/v1/meetings/:code/breakouts/assignments',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Assigns participants to breakout rooms',
        description:
          'By id; null: to the main room. Those in another room go there. Participants that left are ignored.',
        params,
        body: assignRequestSchema,
        response: { 204: nothing, ...problemResponses(...CHANGING) },
      },
    },
    async (request, reply) => {
      await assign(parts, request, request.body.assignments);
      return reply.code(204).send(null);
    },
  );

  routes.post(
    '/v1/meetings/:code/breakouts/messages',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Shows a message to everybody in all rooms',
        description: 'Not stored.',
        params,
        body: breakoutMessageRequestSchema,
        response: { 204: nothing, ...problemResponses(...CHANGING) },
      },
    },
    async (request, reply) => {
      await broadcast(parts, request, request.body.text);
      return reply.code(204).send(null);
    },
  );
}

function addParticipation(fastify: FastifyInstance, parts: ApiParts): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/v1/meetings/:code/breakouts',
    {
      config: { access: { by: 'meeting', action: 'listParticipants' } },
      schema: {
        tags,
        summary: 'Lists the breakout rooms with the people in them',
        description: '`breakouts` is null when none are open. Host and moderators see each person’s assignment.',
        params,
        response: { 200: breakoutPeopleSchema, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => peopleByRoom(parts, request),
  );

  routes.post(
    '/v1/meetings/:code/breakouts/enter',
    {
      config: { access: { by: 'meeting', action: 'enterBreakout' } },
      schema: {
        tags,
        summary: 'Returns a join token for another room of the call',
        description:
          'The bearer token is the participant’s resume token. The participant keeps its id. Host and moderators may enter ' +
          'every room, others theirs, or any one if participants choose. `breakoutId` null: the main room, for everybody.',
        params,
        body: enterBreakoutRequestSchema,
        response: { 200: enteredBreakoutSchema, ...problemResponses(...CHANGING) },
      },
    },
    async (request) => enterRoom(parts, request, request.body),
  );

  routes.post(
    '/v1/meetings/:code/breakouts/help',
    {
      config: { access: { by: 'meeting', action: 'enterBreakout' } },
      schema: {
        tags,
        summary: 'Asks the moderators to come into the own breakout room',
        description: 'The bearer token is the participant’s resume token.',
        params,
        response: { 204: nothing, ...problemResponses(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      await askForHelp(parts, request);
      return reply.code(204).send(null);
    },
  );
}

const tags = ['breakout rooms'];

/** Any text: an invalid code gets the same answer as an absent meeting (M2). */
const params = z.object({ code: z.string() });

const nothing = z.null().describe('Done');

const CHANGING = [400, 401, 403, 404, 409, 413, 415, 429, 503] as const;
