import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CollectedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: unknown }[];
}

/** Receives spans as a collector of OpenTelemetry does (OTLP over HTTP, JSON). */
export class OtlpCollector {
  readonly spans: CollectedSpan[] = [];
  /** The bodies as they came. */
  readonly bodies: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OtlpCollector> {
    const server = createServer();
    const collector = new OtlpCollector(server);
    server.on('request', async (request, response) => {
      await collector.receive(request);
      response.setHeader('content-type', 'application/json').end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async receive(request: IncomingMessage): Promise<void> {
    let text = '';
    for await (const part of request) text += String(part);
    if (request.url !== '/v1/traces') throw new Error(`not for a collector: ${request.url}`);
    this.bodies.push(text);
    const { resourceSpans } = JSON.parse(text) as {
      resourceSpans: { scopeSpans: { spans: CollectedSpan[] }[] }[];
    };
    for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) this.spans.push(...spans);
  }
}
