import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import swagger from '@fastify/swagger';
import scalar from '@scalar/fastify-api-reference';
import { errorCatalogue } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { addExamples } from './examples/add-examples.js';
import { quietLogLevel } from './quiet-log-level.js';

/**
 * The OpenAPI document at /docs/json and /docs/yaml, with an example of each body, and a page of it at
 * /docs/rest/, with no resources of other hosts.
 */
export async function addDocumentation(fastify: FastifyInstance, brandName = 'Waterbus'): Promise<void> {
  const title = `${brandName} API`;
  await fastify.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title,
        description: `${introduction}\n\n${errorList()}`,
        version: '1',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'The server that shows this page' }],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description:
              'The access token of a signed-in user, an API key, the resume token of a participant in the call, or the host token of a meeting.',
          },
        },
      },
      tags: Object.entries(areas).map(([name, description]) => ({ name, description })),
    },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route as Parameters<typeof jsonSchemaTransform>[0]);
      const method = String(route.route.method).toLowerCase();
      return { schema: { operationId: operationId(method, url), security: [], ...schema }, url };
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) return document.swaggerObject;
      const { openapiObject } = document;
      addExamples((openapiObject.paths ?? {}) as Parameters<typeof addExamples>[0]);
      return openapiObject;
    },
  });
  await fastify.register(addPage, { title });
  fastify.get('/docs/json', { schema: { hide: true } }, () => fastify.swagger());
  fastify.get('/docs/yaml', { schema: { hide: true } }, (_request, reply) =>
    reply.type('application/x-yaml').send(fastify.swagger({ yaml: true })),
  );
}

async function addPage(fastify: FastifyInstance, { title }: { title: string }): Promise<void> {
  let compressed: Promise<Buffer> | undefined;
  fastify.addHook('onSend', async (request, reply, body) => {
    // The document is for this origin, as everything else.
    reply.removeHeader('access-control-allow-origin').removeHeader('access-control-allow-methods');
    const type = String(reply.getHeader('content-type'));
    if (type.startsWith('application/javascript')) {
      reply.header('vary', 'accept-encoding');
      if (!/\bbr\b/.test(request.headers['accept-encoding'] ?? '')) return body;
      reply.header('content-encoding', 'br');
      compressed ??= compress(String(body));
      return compressed;
    }
    if (!type.startsWith('text/html')) return body;
    // What the library's page lacks.
    const page = String(body)
      .replace(/<html(?! lang)/, '<html lang="en"')
      .replace('</head>', '<link rel="icon" type="image/svg+xml" href="/favicon.svg" /></head>');
    reply.header('content-security-policy', pagePolicy(page));
    return page;
  });
  await fastify.register(scalar, {
    routePrefix: '/docs/rest',
    openApiDocumentEndpoints: { json: '/json', yaml: '/yaml' },
    logLevel: quietLogLevel(fastify),
    configuration: {
      pageTitle: title,
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: 'never',
      agent: { disabled: true },
      defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
    },
  });
}

/** The library's script, once: 3.6 MB become 0.9. The best quality would take four times as long. */
function compress(script: string): Promise<Buffer> {
  return promisify(brotliCompress)(script, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
}

/**
 * `get /v1/meetings/:code/members` is `getMeetingsCodeMembers`: constant as long as the address is.
 */
function operationId(method: string, url: string): string {
  const words = url.replace(/^\/v1\//, '').match(/[A-Za-z0-9]+/g) ?? [];
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** The catalogue as a table: the possible values of an answer's `code`. */
function errorList(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`,
  );
  return ['## Errors', '', '| code | status | title |', '| --- | --- | --- |', ...rows].join('\n');
}

const introduction =
  'Meetings of a Waterbus server. Errors are problem+json (RFC 9457) with a `code` from the list below; a proxy in front of the ' +
  'server may answer 503 without a code. Calls run over Server WS: join a meeting here and send the token there.\n\n' +
  'The first page of a list needs no cursor; each further page needs the `nextCursor` of the page before. Requests are limited by ' +
  'address: `Retry-After` of an answer 429 is the time to wait.';

/** The groups of operations. */
const areas = {
  accounts: 'Registration, sign-in, profile, passwords, identity providers',
  'API keys': 'Access of other back ends, and the join tokens that they issue',
  meetings: 'Creation, settings and archive of meetings',
  admission: 'Joining a meeting, and the waiting room',
  members: 'Members of a meeting: invitations, roles, leaving',
  participants: 'Participants in the call, earlier presences, moderation',
  'breakout rooms': 'Rooms of a call for groups, and going from one to another',
  server: 'Features of the server, and restrictions',
  streams: 'Publishing into a call over HTTP (WHIP, RFC 9725), and its stream keys',
  messages: 'The chat of a meeting',
  polls: 'Polls of a meeting, with votes and results',
  events: 'Events of meetings in real time',
  webhooks: 'Notification of other back ends, at least once: handle each `webhook-id` once',
  administration: 'The whole server, for the accounts that `ADMINS` names',
  health: 'For load balancers and orchestrators',
};

/**
 * The page's own sources only, and its inline scripts by their hashes. The library sets inline styles
 * and draws its icons from data addresses.
 */
function pagePolicy(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)];
  const hashes = inline.map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  return [
    "default-src 'self'",
    ["script-src 'self'", ...hashes].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
