import { CodedError, LONGEST_SDP, type WhipAnswer } from '@waterbus/protocol';
import type { FastifyInstance, FastifyReply, HTTPMethods } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { type KeyUse, WhipSessions } from './whip-sessions.js';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const access = { by: 'handler' } as const;
const tags = ['streams'];

interface Endpoint {
  url: string;
  use: KeyUse;
  summary: string;
  description: string;
  query: z.ZodType<{ participant?: string | undefined }>;
}

const ENDPOINTS: readonly Endpoint[] = [
  {
    url: '/v1/whip',
    use: 'publish',
    summary: 'Publishes the streams of an offer (WHIP, RFC 9725)',
    description: '',
    query: z.object({}),
  },
  {
    url: '/v1/whep',
    use: 'watch',
    summary: 'Sends the meeting in the sections of an offer (WHEP, draft-ietf-wish-whep)',
    description:
      ' The key is one to watch. The picture is a shared screen or the camera of the loudest speaker, unless ' +
      '`participant` names the only one to watch, by id or name.',
    query: z.object({ participant: z.string().min(1).max(128).optional() }),
  },
];

/**
 * Publishing and watching over HTTP (WHIP, RFC 9725, and WHEP). The bearer token is a stream key, in
 * every request. Pages of other origins need an entry in the allowed origins, as for the rest of the
 * API.
 */
export async function addWhipRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  for (const endpoint of ENDPOINTS) {
    const sessions = new WhipSessions(parts, endpoint.use);
    await fastify.register(async (scope) => addEndpoint(takingOnly(scope, SDP), sessions, endpoint));
    await fastify.register(async (scope) => addSession(takingOnly(scope, FRAGMENT), sessions, endpoint));
  }
}

function addEndpoint(
  scope: FastifyInstance,
  sessions: WhipSessions,
  { url, summary, description, query }: Endpoint,
): void {
  scope.withTypeProvider<ZodTypeProvider>().post(
    url,
    {
      config: { access },
      schema: {
        tags,
        summary,
        description:
          'The bearer token is a stream key. The body is an SDP offer, the answer an SDP answer. `Location` is the ' +
          `session, \`ETag\` its ICE session, \`Link\` the ICE servers. An earlier session of the same key ends.${description}`,
        querystring: query,
        consumes: [SDP],
        body: text(),
        response: {
          201: { description: 'The answer', content: { [SDP]: { schema: z.string() } } },
          ...problemResponses(400, 401, 403, 409, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { participant } = request.query;
      const session = await sessions.begin(request, { offer: textOf(request.body), participant });
      return reply
        .code(201)
        .headers({ location: `${url}/${session.participantId}`, 'accept-patch': FRAGMENT, ...linksOf(session) })
        .header('etag', `"${session.etag}"`)
        .type(SDP)
        .send(session.answer as never);
    },
  );
  addOthers(scope, url, ['GET', 'PUT', 'PATCH', 'DELETE'], {
    allow: 'POST, OPTIONS',
    'accept-post': SDP,
    // Eyevinn's client trickles candidates if its session takes PATCH, and looks for that here.
    'access-control-allow-methods': 'POST, PATCH, DELETE',
  });
}

function addSession(scope: FastifyInstance, sessions: WhipSessions, endpoint: Endpoint): void {
  const routes = scope.withTypeProvider<ZodTypeProvider>();
  const params = z.object({ id: z.string().max(64) });
  const url = `${endpoint.url}/:id`;
  routes.patch(
    url,
    {
      config: { access },
      schema: {
        tags,
        summary: 'Adds candidates of the client, or restarts ICE (RFC 9725 section 4.3)',
        description: `The body is a fragment (${FRAGMENT}). \`If-Match\` is the ETag of the ICE session, or \`*\`.`,
        params,
        consumes: [FRAGMENT],
        body: text(),
        response: {
          200: { description: 'The parameters after a restart', content: { [FRAGMENT]: { schema: z.string() } } },
          204: z.null(),
          ...problemResponses(400, 401, 404, 412, 413, 415, 428, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const ifMatch = request.headers['if-match'];
      if (ifMatch === undefined) throw new CodedError('whip.no_precondition');
      const restarted = await sessions.patch(request, request.params.id, { fragment: textOf(request.body), ifMatch });
      if (!restarted) return reply.code(204).send(null);
      return reply
        .code(200)
        .header('etag', `"${restarted.etag}"`)
        .type(FRAGMENT)
        .send(restarted.fragment as never);
    },
  );
  routes.delete(
    url,
    {
      config: { access },
      schema: {
        tags,
        summary: 'Ends the session: its participant leaves the call',
        description: 'The address is that of the `Location` header of the answer which began the session.',
        params,
        response: { 204: z.null(), ...problemResponses(401, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      await sessions.close(request, request.params.id);
      return reply.code(204).send(null);
    },
  );
  addOthers(scope, url, ['GET', 'POST', 'PUT'], {
    allow: 'PATCH, DELETE, OPTIONS',
    'accept-patch': FRAGMENT,
  });
}

/** RFC 9725 section 4.2: other methods are answered with 405, OPTIONS with the accepted type. */
function addOthers(scope: FastifyInstance, url: string, methods: HTTPMethods[], headers: Record<string, string>): void {
  const options = { url, config: { access }, schema: { hide: true } };
  const refuse = async (_request: unknown, reply: FastifyReply) => {
    reply.header('allow', headers.allow);
    throw new CodedError('request.method_not_allowed');
  };
  scope.route({ ...options, method: methods, handler: refuse });
  scope.route({
    ...options,
    method: 'OPTIONS',
    handler: async (_request, reply) => reply.code(204).headers(headers).send(),
  });
}

/** Bodies of this type only, as text. */
function takingOnly(scope: FastifyInstance, type: string): FastifyInstance {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(type, { parseAs: 'string', bodyLimit: LONGEST_SDP }, (_request, body, done) =>
    done(null, body),
  );
  return scope;
}

/** Not a schema of text: a validator would answer with a problem about JSON. */
function text() {
  return z.any().meta({ type: 'string' });
}

function textOf(body: unknown): string {
  if (typeof body !== 'string') throw new CodedError('request.unsupported_media_type');
  return body;
}

/** RFC 9725 section 4.6. */
function linksOf({ iceServers }: WhipAnswer<'whip.publish'>): { link?: string } {
  const links = iceServers.flatMap(({ urls, username, credential }) =>
    urls.map((url) => {
      const parameters = ['rel="ice-server"'];
      if (username !== undefined) parameters.push(`username="${quoted(username)}"`);
      if (credential !== undefined) parameters.push(`credential="${quoted(credential)}"`, 'credential-type="password"');
      return `<${url}>; ${parameters.join('; ')}`;
    }),
  );
  return links.length > 0 ? { link: links.join(', ') } : {};
}

/** A quoted-string (RFC 9110 section 5.6.4). */
function quoted(value: string): string {
  return value.replace(/[\\"]/g, '\\$&');
}
