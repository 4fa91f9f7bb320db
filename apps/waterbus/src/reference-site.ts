import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/**
 * Serves the guides and the reference of the SDK at /docs/. In a checkout they exist after
 * `npm run site`; without them, /docs/ leads to the REST reference.
 */
export async function serveReferenceSite(fastify: FastifyInstance, folder: string = SITE_FILES): Promise<void> {
  fastify.get('/docs', (_request, reply) => reply.redirect('/docs/'));
  const first = path.join(folder, 'index.html');
  if (!existsSync(first)) {
    fastify.get('/docs/', (_request, reply) => reply.redirect('/docs/rest/'));
    return;
  }
  const policy = pagePolicy(readFileSync(first, 'utf8'));
  await fastify.register(fastifyStatic, {
    root: folder,
    prefix: '/docs/',
    decorateReply: false,
    // The build of the site has compressed its files.
    preCompressed: true,
    setHeaders: (reply, file) => {
      reply.header('cache-control', 'no-cache');
      if (/\.html(\.br)?$/.test(file)) reply.header('content-security-policy', policy);
    },
  });
}

/** The site's own files, and the inline script that each of its pages has, by its hash. */
function pagePolicy(html: string): string {
  const inline = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)];
  const hashes = inline.map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  return [
    "default-src 'none'",
    ["script-src 'self'", ...hashes].join(' '),
    // TypeDoc's script adds an empty style element, which these hashed zero bytes permit.
    `style-src 'self' 'sha256-${createHash('sha256').digest('base64')}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The package contains the site; a checkout has it in its own workspace. */
const SITE_FILES = [new URL('../site/', import.meta.url), new URL('../../../site/dist/', import.meta.url)]
  .map((url) => fileURLToPath(url))
  .reduce((packaged, built) => (existsSync(packaged) ? packaged : built));
