import type { Server as HttpServer } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { type Decision, FirstBytes } from './first-bytes.js';
import { type ProxyHeader, readProxyHeader } from './proxy-header.js';

export interface ProxiedConnectionsOptions {
  /** Whether connections from this address come from a proxy that writes the header. */
  isProxy(address: string): boolean;
  /** Milliseconds until the header has come; default 10,000. */
  headerTime?: number;
}

/**
 * Gives the connections of proxies that work on TCP the addresses of their clients: each begins
 * with a header of the PROXY protocol. The proxy may also begin with HTTP, where it forwards
 * requests and adds headers to them. Every other begin ends the connection: a proxy that copies a
 * client's bytes without a header of its own would let the client write one, or an
 * `X-Forwarded-For`. Must be made after every other listener for connections of the server.
 */
export class ProxiedConnections {
  private readonly listeners: ((socket: Socket) => void)[];
  private readonly isHttps: boolean;
  /** By the proxy's end of the connection, until the TLS handshake. */
  private readonly clients = new Map<string, Client>();

  constructor(
    private readonly server: HttpServer | HttpsServer,
    private readonly options: ProxiedConnectionsOptions,
  ) {
    this.isHttps = server instanceof HttpsServer;
    this.listeners = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => this.arrived(socket));
    if (this.isHttps) server.prependListener('secureConnection', (socket: Socket) => this.secured(socket));
  }

  private arrived(socket: Socket): void {
    if (!this.options.isProxy(socket.remoteAddress ?? '')) {
      this.accept(socket);
      return;
    }
    new FirstBytes<Client | undefined>(socket, {
      time: this.options.headerTime ?? HEADER_TIME,
      decide: (bytes) => this.clientOf(bytes),
      onDecided: (client) => {
        if (client) this.named(socket, client);
        this.accept(socket);
      },
    }).read();
  }

  /** Behind the header of a proxy, or at HTTP of its own. */
  private clientOf(bytes: Buffer): Decision<Client | undefined> | undefined | false {
    const header = readProxyHeader(bytes);
    if (header) return { length: header.length, value: header.client };
    const isHttp = header === false && !this.isHttps && isLetter(bytes[0]!);
    return isHttp ? { length: 0, value: undefined } : header;
  }

  private named(socket: Socket, client: Client): void {
    if (this.isHttps) {
      const name = nameOf(socket);
      this.clients.set(name, client);
      socket.once('close', () => this.clients.delete(name));
    } else give(socket, client);
  }

  /** A TLS socket has the addresses of the one below it. */
  private secured(socket: Socket): void {
    const client = this.clients.get(nameOf(socket));
    if (client) give(socket, client);
  }

  private accept(socket: Socket): void {
    for (const listener of this.listeners) listener.call(this.server, socket);
  }
}

type Client = NonNullable<ProxyHeader['client']>;

/** The client's address in place of the proxy's, for limits and logs. */
function give(socket: Socket, { address, port }: Client): void {
  Object.defineProperties(socket, {
    remoteAddress: { value: address },
    remotePort: { value: port },
    remoteFamily: { value: address.includes(':') ? 'IPv6' : 'IPv4' },
  });
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Every HTTP method begins with one. */
function isLetter(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

/** Milliseconds. A proxy writes the header at once. */
const HEADER_TIME = 10_000;
