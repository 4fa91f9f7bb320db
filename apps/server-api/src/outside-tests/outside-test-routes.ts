import {
  begunOutsideTestSchema,
  CodedError,
  connectedOutsideTestSchema,
  connectOutsideTestSchema,
  OPERATOR_TOKEN_AUDIENCE,
  openOutsideTestSchema,
  outsideResultSchema,
  outsideTestSchema,
  outsideTokenSchema,
  outsideVerdictsSchema,
} from '@waterbus/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { bearerToken } from '../access/authentication.js';
import { clientOf } from '../connectivity/client.js';
import { wayOf } from '../connectivity/way.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { askTestNode, openTest } from './ask-test-node.js';

const config = { access: { by: 'handler' } } as const;
const tags = ['server'];

/**
 * Tests of the server's ports from outside: the operator's command starts one, with a token that
 * only the server's secret makes; the phone that opens the link has the token of the test.
 */
export async function addOutsideTestRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  addOperatorRoutes(fastify, parts);
  addPhoneRoutes(fastify, parts);
}

function addOperatorRoutes(fastify: FastifyInstance, parts: ApiParts): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const checkOperator = ({ headers }: FastifyRequest) =>
    void parts.tokens.read(bearerToken(headers.authorization), OPERATOR_TOKEN_AUDIENCE);
  routes.post(
    '/v1/outside-tests',
    {
      config,
      schema: {
        tags,
        summary: 'Starts a test of the ports from outside',
        description: 'For `waterbus doctor --from-outside`. The bearer token is signed with the server’s secret.',
        body: openOutsideTestSchema,
        response: { 201: outsideTestSchema, ...problemResponses(400, 401, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      checkOperator(request);
      return reply.code(201).send(await openTest(parts, request.body.nodeId));
    },
  );
  routes.post(
    '/v1/outside-tests/result',
    {
      config,
      schema: {
        tags,
        summary: 'Returns the state of a test, and the verdicts of the phone',
        description: 'For the operator who started it; `state` is `reported` once the verdicts are complete.',
        body: z.object({ token: outsideTokenSchema }),
        response: { 200: outsideResultSchema, ...problemResponses(400, 401, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      checkOperator(request);
      return askTestNode(parts, 'outside.result', request.body);
    },
  );
}

function addPhoneRoutes(fastify: FastifyInstance, parts: ApiParts): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const answers = problemResponses(400, 401, 404, 413, 415, 429, 503);
  routes.post(
    '/v1/outside-tests/begin',
    {
      config,
      schema: {
        tags,
        summary: 'Returns the paths to test, once for each test',
        description: 'The bearer token is that of the test, in all requests of the phone.',
        response: { 200: begunOutsideTestSchema, ...answers },
      },
    },
    async (request, reply) => {
      const token = testToken(request);
      await parts.limits.count('connectivity', request.ip);
      reply.header('cache-control', 'no-store');
      const way = wayOf(request, parts);
      const client = clientOf(request);
      const origin = { ...(client !== undefined && { client }), ...(way && { way }) };
      const { paths } = await askTestNode(parts, 'outside.begin', { token, ...origin });
      return { signalling: parts.signallingOrigins, paths };
    },
  );
  routes.post(
    '/v1/outside-tests/connect',
    {
      config,
      schema: {
        tags,
        summary: 'Opens a transport that can be reached on one path only',
        description: 'For the phone that runs the test. `path` is the index in the list of paths.',
        body: connectOutsideTestSchema,
        response: { 200: connectedOutsideTestSchema, ...answers },
      },
    },
    async (request) => askTestNode(parts, 'outside.connect', { token: testToken(request), ...request.body }),
  );
  routes.post(
    '/v1/outside-tests/report',
    {
      config,
      schema: {
        tags,
        summary: 'Reports the verdicts, which end the test',
        description: 'One verdict for each path, in the order of the list, and one for signalling.',
        body: outsideVerdictsSchema,
        response: { 204: z.null(), ...answers },
      },
    },
    async (request, reply) => {
      await askTestNode(parts, 'outside.report', { token: testToken(request), ...request.body });
      return reply.code(204).send(null);
    },
  );
}

function testToken({ headers }: FastifyRequest): string {
  const token = outsideTokenSchema.safeParse(bearerToken(headers.authorization));
  if (!token.success) throw new CodedError('token.invalid');
  return token.data;
}
