import type { Server as HttpServer } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { beginsStun } from '@waterbus/stun';
import { FirstBytes } from './first-bytes.js';

export interface PagePortOptions {
  /** Takes a connection whose first bytes are STUN; they are still to be read. */
  onStun(socket: Socket): void;
  /** The client that an address stands for; default: the address. */
  account?(address: string): string;
  /** Milliseconds until the first bytes of a connection have come; default 30,000. */
  firstBytesTime?: number;
  /**
   * Connections that wait for their first bytes, default 2,000. Beyond it, the oldest one of the
   * client with most of them ends for each new one: one client that only connects cannot close the
   * page to the others.
   */
  waiting?: number;
}

/**
 * Shares the port of an HTTP server between HTTP and TURN. Both begin with bytes of the client:
 * those of STUN have two zero bits and a magic cookie (RFC 8489 section 5), and every HTTP method
 * begins with a letter. On https the bytes are those inside TLS, so one certificate serves both.
 */
export class PagePort {
  /** By client, the oldest first. */
  private readonly waiting = new Map<string, Set<Waiting>>();
  private waitingCount = 0;
  private readonly event: 'connection' | 'secureConnection';
  private readonly httpListeners: ((socket: Socket) => void)[];
  private readonly most: number;
  private closed = false;

  constructor(
    private readonly server: HttpServer | HttpsServer,
    private readonly options: PagePortOptions,
  ) {
    this.most = options.waiting ?? MOST_WAITING;
    this.event = server instanceof HttpsServer ? 'secureConnection' : 'connection';
    this.httpListeners = server.listeners(this.event) as ((socket: Socket) => void)[];
    server.removeAllListeners(this.event);
    server.on(this.event, (socket: Socket) => this.arrived(socket));
  }

  /** Ends the connections that wait. The caller closes the server. */
  close(): void {
    this.closed = true;
    for (const sockets of [...this.waiting.values()]) for (const waiting of [...sockets]) waiting.end();
  }

  private arrived(socket: Socket): void {
    if (this.closed) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    if (this.waitingCount >= this.most) this.endOldest();
    const address = socket.remoteAddress ?? '';
    const account = this.options.account?.(address) ?? address;
    const waiting: Waiting = new FirstBytes(socket, {
      time: this.options.firstBytesTime ?? FIRST_BYTES_TIME,
      decide: (bytes) => {
        const kind = kindOf(bytes);
        return kind && { length: 0, value: kind };
      },
      onDecided: (kind) => {
        this.forget(account, waiting);
        if (kind === 'stun') this.options.onStun(socket);
        else for (const listener of this.httpListeners) listener.call(this.server, socket);
      },
      onEnded: () => this.forget(account, waiting),
    });
    const sockets = this.waiting.get(account) ?? new Set();
    this.waiting.set(account, sockets.add(waiting));
    this.waitingCount += 1;
    waiting.read();
  }

  private forget(account: string, waiting: Waiting): void {
    const sockets = this.waiting.get(account);
    if (!sockets?.delete(waiting)) return;
    this.waitingCount -= 1;
    if (sockets.size === 0) this.waiting.delete(account);
  }

  private endOldest(): void {
    let busiest: Set<Waiting> | undefined;
    for (const sockets of this.waiting.values()) if (sockets.size > (busiest?.size ?? 0)) busiest = sockets;
    const [oldest] = busiest ?? [];
    oldest?.end();
  }
}

/** A connection whose protocol is unknown. */
type Waiting = FirstBytes<'stun' | 'http'>;

/** Undefined until enough bytes have come. */
export function kindOf(bytes: Buffer): 'stun' | 'http' | undefined {
  const isStun = beginsStun(bytes);
  if (isStun === undefined) return undefined;
  return isStun ? 'stun' : 'http';
}

/** Milliseconds. Browsers open connections ahead of requests, and open another if one has ended. */
const FIRST_BYTES_TIME = 30_000;

const MOST_WAITING = 2000;
