import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Challenges } from './challenges.js';

/**
 * The server on port 80: answers http-01 challenges and redirects everything else to the page,
 * whose origin is a setting and never part of the request. `waiting`: there is no certificate yet.
 */
export function plainServer(origin: string, challenges: Challenges, waiting: () => boolean): Server {
  const options = { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT, maxHeaderSize: LONGEST_HEADER };
  const server = createServer(options, (request, response) => {
    const { method = 'GET', url = '/' } = request;
    response.setHeader('connection', 'close');
    response.setHeader('x-content-type-options', 'nosniff');
    const reading = method === 'GET' || method === 'HEAD';
    const answer = reading ? challenges.text(url) : undefined;
    if (answer !== undefined) {
      response.setHeader('content-type', 'application/octet-stream');
      response.end(answer);
      return;
    }
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    if (waiting()) {
      response.setHeader('retry-after', RETRY_AFTER);
      response.setHeader('cache-control', 'no-store');
      response.writeHead(503).end(WAITING);
      return;
    }
    response.setHeader('location', origin + pathOf(url));
    // 308 keeps method and body.
    response.writeHead(reading ? 301 : 308).end();
  });
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

export async function closePlainServer(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

/** A request may hold a whole address, or `*`. */
function pathOf(url: string): string {
  return url.startsWith('/') ? url.replace(/[^\x21-\x7e]/g, encodeURIComponent) : '/';
}

const WAITING = `Waterbus is running and waits for its certificate. Try again in a minute.
The log of the server names the reason when it takes longer.
`;

/** Seconds. */
const RETRY_AFTER = 60;

/** Milliseconds. */
const REQUEST_TIMEOUT = 10_000;

/** Bytes. */
const LONGEST_HEADER = 8 * 1024;

const MOST_CONNECTIONS = 1000;
