import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import fastifyStatic from '@fastify/static';
import { CodedError } from '@waterbus/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Brand } from './brand-settings.js';
import { brandedPage, brandFiles } from './branded-page.js';
import { EXIT_FAILED, StartFailure } from './failure.js';
import { ENDING_WORKER, type OfflinePage, offlinePage, serviceWorker } from './offline-page.js';
import { webManifest } from './web-manifest.js';

export interface WebAppSettings {
  brand: Brand;
  /** False: browsers that have a service worker of this page end it. */
  serviceWorker: boolean;
}

/**
 * Serves the built page: hashed files are cached for a year, every address of the page returns
 * index.html.
 */
export async function serveWebApp(fastify: FastifyInstance, settings: WebAppSettings): Promise<void> {
  const { brand } = settings;
  if (!existsSync(path.join(WEB_FILES, 'index.html'))) {
    throw new StartFailure(
      EXIT_FAILED,
      'The web app is not built. Run `npm run build` first, or start with `npm start`.',
    );
  }
  await fastify.register(fastifyStatic, {
    root: WEB_FILES,
    index: false,
    // The build has compressed the text files: a page of 800 kB is sent as 190 kB, at no cost here.
    preCompressed: true,
    setHeaders: (reply, file) => {
      const hashed = path.dirname(file).endsWith(`${path.sep}assets`);
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      if (WORKER.test(path.basename(file))) reply.header('content-security-policy', WORKER_POLICY);
    },
  });
  const page = new Page(path.join(WEB_FILES, 'index.html'), (html) => pageOf(html, settings));
  fastify.decorate(PAGE, page);
  serveInstallation(fastify, settings);
  for (const address of PAGES) fastify.get(address, (request, reply) => page.send(request, reply));
  for (const { path: address, type, content } of brandFiles(brand)) {
    fastify.get(address, (_request, reply) =>
      reply
        .header('cache-control', 'public, max-age=31536000, immutable')
        // A logo that is opened by itself is a document: it runs nothing and loads nothing.
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox")
        .type(type)
        .send(content),
    );
  }
}

/**
 * Answers unknown addresses: browsers receive the page, which shows a not-found text; programs
 * receive a problem.
 */
export function answerUnknownAddress(request: FastifyRequest, reply: FastifyReply): unknown {
  if (!request.headers.accept?.includes('text/html')) throw new CodedError('request.not_found');
  const page = request.server.getDecorator<Page>(PAGE);
  return page.send(request, reply.code(404));
}

/** What installed apps consist of beside the page: manifest, service worker, and the page that it keeps. */
function serveInstallation(fastify: FastifyInstance, { brand, serviceWorker: offered }: WebAppSettings): void {
  const manifest = webManifest(brand);
  fastify.get('/manifest.webmanifest', (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('application/manifest+json').send(manifest),
  );
  const current = async (): Promise<OfflinePage> => {
    const [html, favicon] = await Promise.all([readPageFile('offline.html'), readPageFile('favicon.svg')]);
    return offlinePage(html, brand, favicon);
  };
  fastify.get('/offline', async (_request, reply) => {
    const { html, policy } = await current();
    return reply
      .header('cache-control', 'no-cache')
      .header('content-security-policy', policy)
      .type('text/html; charset=utf-8')
      .send(html);
  });
  fastify.get('/service-worker.js', async (_request, reply) => {
    const script = offered ? serviceWorker(await readPageFile('service-worker.js'), await current()) : ENDING_WORKER;
    return reply
      .header('cache-control', 'no-cache')
      .header('content-security-policy', "default-src 'none'; connect-src 'self'")
      .type('text/javascript; charset=utf-8')
      .send(script);
  });
}

function pageOf(html: string, { brand, serviceWorker: offered }: WebAppSettings): string {
  const page = brandedPage(html, brand);
  return offered ? page : page.replace('</head>', '<meta name="waterbus-service-worker" content="off" /></head>');
}

function readPageFile(name: string): Promise<string> {
  return readFile(path.join(WEB_FILES, name), 'utf8');
}

/** index.html with the brand, compressed once for each version of the file. */
class Page {
  readonly #file: string;
  readonly #made: (html: string) => string;
  #kept: { modified: number; plain: Buffer; brotli: Buffer } | undefined;

  constructor(file: string, made: (html: string) => string) {
    this.#file = file;
    this.#made = made;
  }

  async send(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { plain, brotli } = await this.#current();
    reply.header('cache-control', 'no-cache').header('vary', 'accept-encoding').type('text/html; charset=utf-8');
    if (!/\bbr\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(plain);
    return reply.header('content-encoding', 'br').send(brotli);
  }

  /** A package manager may replace the files of a running server: the page names those beside it. */
  async #current() {
    const { mtimeMs: modified } = await stat(this.#file);
    if (this.#kept?.modified === modified) return this.#kept;
    const plain = Buffer.from(this.#made(await readFile(this.#file, 'utf8')));
    const kept = { modified, plain, brotli: brotliCompressSync(plain) };
    this.#kept = kept;
    return kept;
  }
}

const PAGE = 'waterbusPage';

/**
 * The addresses of the web app, the same list as in apps/web/src/routing/route.ts. Server API also
 * has those used in mails.
 */
const PAGES = [
  '/',
  '/m/:code',
  '/m/:code/:section',
  '/embed/:code',
  '/sign-in',
  '/create-account',
  '/signed-in',
  '/forgot-password',
  '/reset-password',
  '/verify-email',
  '/invitation',
  '/account',
  '/doctor',
  '/admin',
  '/admin/:section',
];

/** Of a worker, by the name that the build gives it, compressed or not. */
const WORKER = /-worker-[\w-]+\.js(\.br|\.gz)?$/;

/**
 * A worker has the policy of its own script. Those of the web app compile WebAssembly, which pages
 * must not; they have no document and reach only this server.
 */
const WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

/** The package contains the page; a checkout has it in its own workspace. */
const WEB_FILES = [new URL('../page/', import.meta.url), new URL('../../web/dist/', import.meta.url)]
  .map((url) => fileURLToPath(url))
  .reduce((packaged, built) => (existsSync(packaged) ? packaged : built));
