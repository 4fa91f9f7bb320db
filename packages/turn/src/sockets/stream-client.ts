import type { Socket } from 'node:net';
import type { Endpoint } from '@waterbus/stun';
import { canonical } from '../addresses.js';
import { FrameReader } from '../framing/frame-reader.js';
import type { TurnLimits } from '../limits.js';
import type { ClientPath, TurnRefusal } from '../server/environment.js';
import type { TurnClient } from '../server/turn-client.js';

export interface StreamClientOptions {
  socket: Socket;
  account: string | undefined;
  limits: TurnLimits;
  now(): number;
  client(path: ClientPath): TurnClient;
  onRefusal(kind: TurnRefusal, details: Record<string, string | number>): void;
  onEnd(client: StreamClient): void;
}

/** A client on TCP or TLS. */
export class StreamClient implements ClientPath {
  readonly isStream = true;
  readonly remote: Endpoint;
  readonly account: string | undefined;
  private readonly client: TurnClient;
  private readonly reader: FrameReader;
  private halfSince: number | undefined;
  private idleSince: number | undefined;
  private unreadSince: number | undefined;
  private ended = false;

  constructor(private readonly options: StreamClientOptions) {
    const { socket, account, limits, now } = options;
    this.remote = { address: canonical(socket.remoteAddress ?? '0.0.0.0'), port: socket.remotePort ?? 0 };
    this.account = account;
    this.reader = new FrameReader(limits.messageBytes);
    this.client = options.client(this);
    this.idleSince = now();
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('drain', () => {
      this.unreadSince = undefined;
    });
    socket.on('error', () => this.end());
    socket.on('close', () => this.end());
    socket.on('end', () => this.end());
  }

  /** Has no allocation. */
  get isIdle(): boolean {
    return !this.client.isActive;
  }

  send(bytes: Uint8Array): void {
    const { socket, limits, now } = this.options;
    if (this.ended || socket.destroyed) return;
    if (socket.writableLength + bytes.length > limits.queueBytes) this.unreadSince ??= now();
    else if (!socket.write(bytes)) this.unreadSince ??= now();
  }

  /** Each second: ends a client that is late with an allocation, a message or its reading. */
  check(): void {
    const { limits, now } = this.options;
    this.client.expire();
    this.idleSince = this.client.isActive ? undefined : (this.idleSince ?? now());
    if (isOlder(this.idleSince, limits.allocateTime, now())) this.refuse('unauthenticated');
    else if (isOlder(this.halfSince, limits.frameTime, now())) this.refuse('malformed');
    else if (isOlder(this.unreadSince, limits.queueTime, now())) this.refuse('unread');
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.client.close();
    this.options.socket.destroy();
    this.options.onEnd(this);
  }

  private receive(chunk: Buffer): void {
    if (this.ended) return;
    const frames = this.reader.push(chunk);
    if (!frames?.every((frame) => this.client.receive(frame))) {
      this.refuse('malformed');
      return;
    }
    if (frames.length > 0 || !this.reader.isHalf) this.halfSince = undefined;
    if (this.reader.isHalf) this.halfSince ??= this.options.now();
  }

  private refuse(kind: TurnRefusal): void {
    this.options.onRefusal(kind, { transport: 'stream' });
    this.end();
  }
}

function isOlder(since: number | undefined, time: number, now: number): boolean {
  return since !== undefined && now - since >= time;
}
