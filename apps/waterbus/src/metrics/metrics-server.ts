import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type MetricSources, metricsRegistry } from './registry.js';

/** Answers `GET /metrics`, and nothing else. Its owner listens on a port of its own. */
export class MetricsServer {
  private readonly registry;
  readonly server: Server;
  /** Scrapes at one time read the figures once. */
  private reading: Promise<string> | undefined;

  constructor(sources: MetricSources) {
    this.registry = metricsRegistry(sources);
    const limits = { requestTimeout: PATIENCE, headersTimeout: PATIENCE, keepAliveTimeout: KEPT_OPEN };
    this.server = createServer(limits, (request, response) => {
      this.answer(request, response).catch(() => response.destroy());
    });
    this.server.maxConnections = MOST_CONNECTIONS;
  }

  async close(): Promise<void> {
    this.registry.clear();
    const closed = this.server.listening ? once(this.server, 'close') : undefined;
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url.split('?')[0] !== '/metrics') return end(response, 404);
    if (method !== 'GET' && method !== 'HEAD') return end(response.setHeader('allow', 'GET, HEAD'), 405);
    this.reading ??= this.registry.metrics().finally(() => {
      this.reading = undefined;
    });
    const text = await this.reading;
    response.setHeader('cache-control', 'no-store');
    response.setHeader('content-type', this.registry.contentType);
    response.end(method === 'HEAD' ? undefined : text);
  }
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

/** Milliseconds for the few bytes of a request. */
const PATIENCE = 5000;

/** Milliseconds: Prometheus scrapes each minute or more often, over one connection. */
const KEPT_OPEN = 70_000;

/** Some Prometheus servers and adapters. */
const MOST_CONNECTIONS = 32;
