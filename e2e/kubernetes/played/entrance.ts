import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { KubernetesObject } from '../chart/rendered.js';
import type { Pod } from './pod.js';

/**
 * The rendered Services and their Ingress: leads each path to the ready pods of its Service, some
 * time after a pod has become ready or is being deleted.
 */
export class Entrance {
  private readonly server: Server;
  private readonly sockets = new Set<Duplex>();
  /** What kube-proxy and the ingress controller know. */
  private known: { pods: Pod[]; at: number }[] = [];
  private turn = 0;
  objects: readonly KubernetesObject[] = [];

  constructor(
    private readonly pods: () => readonly Pod[],
    private readonly pace = 1,
  ) {
    this.server = createServer((incoming, response) => this.pass(incoming, response));
    this.server.on('upgrade', (incoming, socket, head) => this.upgrade(incoming, socket, head));
  }

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** Notes the pods that Services may lead to now. */
  look(): void {
    const now = performance.now();
    this.known.push({ pods: this.pods().filter(({ ready, terminating }) => ready && !terminating), at: now });
    while (this.known.length > 1 && now - this.known[1]!.at >= CONVERGENCE / this.pace) this.known.shift();
  }

  /** Pods that clients can reach by now. */
  get reached(): number {
    return this.known[0]?.pods.length ?? 0;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    for (const socket of this.sockets) socket.destroy();
  }

  private backend(path: string): { host: string; port: number } | undefined {
    const ingress = this.objects.find(({ kind }) => kind === 'Ingress');
    const route = ingress?.spec.rules[0].http.paths
      .filter((one: KubernetesObject) => path === one.path || path.startsWith(one.path.replace(/\/?$/, '/')))
      .toSorted((a: KubernetesObject, b: KubernetesObject) => b.path.length - a.path.length)[0];
    const service = this.objects.find(
      ({ kind, metadata }) => kind === 'Service' && metadata.name === route?.backend.service.name,
    );
    if (!service) return undefined;
    const selected = (this.known[0]?.pods ?? []).filter(({ labels }) =>
      Object.entries(service.spec.selector).every(([name, value]) => labels[name] === value),
    );
    this.turn += 1;
    const pod = selected[this.turn % selected.length];
    return pod && { host: pod.options.address, port: pod.options.ports.get(service.spec.ports[0].targetPort)! };
  }

  private pass(incoming: IncomingMessage, response: ServerResponse): void {
    const backend = this.backend(pathOf(incoming));
    if (!backend) return void response.writeHead(503).end();
    const { method, url, headers } = incoming;
    const outgoing = request({ ...backend, method, path: url, headers: forwarded(incoming, headers), agent: false });
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  private upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const backend = this.backend(pathOf(incoming));
    if (!backend) return void socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
    const behind = connect(backend.port, backend.host);
    for (const [one, other] of [
      [socket, behind],
      [behind, socket],
    ] as [Duplex, Socket][]) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
    const lines = Object.entries(forwarded(incoming, incoming.headers)).map(([name, value]) => `${name}: ${value}`);
    behind.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    behind.write(head);
    socket.pipe(behind).pipe(socket);
  }
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return new URL(url, 'http://any').pathname;
}

function forwarded({ socket }: IncomingMessage, headers: IncomingMessage['headers']) {
  return { ...headers, 'x-forwarded-for': socket.remoteAddress ?? '' };
}

/** Milliseconds until a change of the pods has reached every proxy. */
const CONVERGENCE = 1_000;
