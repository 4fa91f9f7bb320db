import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { JOIN_DEADLINE, SIGNALLING_PATH, signallingWay } from '@waterbus/protocol';
import { Server, type Socket } from 'socket.io';
import { Decoder } from 'socket.io-parser';
import { unlessProxied } from '../media/participant/reachable-candidates.js';
import { Backlog } from './backlog.js';
import { Callers, network } from './callers.js';
import { Connection, type ConnectionContext } from './connection.js';
import type { EngineSocket } from './engine-socket.js';
import { EventFrames } from './event-frames.js';
import { originAllowed } from './origins.js';
import { ReplyEncoder } from './reply-encoder.js';
import { Wire } from './wire.js';

export interface SignallingOptions {
  /** Origins of pages that may connect, besides the requested host. */
  allowedOrigins: readonly string[];
  /** The client's address of a request, through the trusted proxies. */
  clientAddress(request: IncomingMessage): string;
}

/**
 * Accepts sockets on the HTTP server: WebSocket only, small messages, a limited number per address,
 * one connection object for each.
 */
export class Signalling {
  private readonly callers: Callers;
  private readonly counted = new WeakMap<object, { joined(): void }>();
  private readonly frames = new EventFrames();
  private io: Server | undefined;

  constructor(
    private readonly server: HttpServer | HttpsServer,
    private readonly context: Omit<ConnectionContext, 'caller'>,
    private readonly options: SignallingOptions,
  ) {
    this.callers = new Callers(context.limits);
  }

  start(): void {
    const io = new Server({
      path: SIGNALLING_PATH,
      parser: { Encoder: ReplyEncoder, Decoder },
      transports: ['websocket'],
      allowUpgrades: false,
      serveClient: false,
      perMessageDeflate: false,
      httpCompression: false,
      maxHttpBufferSize: LARGEST_MESSAGE,
      connectTimeout: JOIN_DEADLINE,
      pingInterval: PING_INTERVAL,
      pingTimeout: PING_TIMEOUT,
      allowRequest: (request: IncomingMessage, decide) => {
        const reason = this.refusal(request);
        if (reason) this.context.refusals.count('socketsRefused', { reason });
        decide(reason, reason === undefined);
      },
    });
    io.on('connection', (socket) => this.connected(socket));
    io.attach(this.server);
    io.engine.on('connection', (conn: AcceptedSocket) => {
      const caller = this.callers.add(this.options.clientAddress(conn.request));
      this.counted.set(conn, caller);
      conn.once('close', caller.ended);
    });
    this.io = io;
  }

  /** The HTTP server belongs to its creator, and Socket.IO's own `close` would end it too. */
  stop(): void {
    this.io?.disconnectSockets(true);
    this.io?.engine.close();
    this.io?.removeAllListeners();
  }

  figures(): { sockets: number; socketsJoining: number } {
    return this.callers.figures;
  }

  private refusal(request: IncomingMessage): string | undefined {
    const { allowedOrigins, clientAddress } = this.options;
    if (!originAllowed(request, allowedOrigins)) return 'this origin is not allowed';
    return this.callers.refusal(clientAddress(request));
  }

  private connected(socket: Socket): void {
    const { conn, request } = socket;
    const { clock, limits, refusals } = this.context;
    const address = this.options.clientAddress(request);
    const backlog = new Backlog(conn as unknown as EngineSocket, clock, limits, (bytes) =>
      refusals.count('socketsCut', { bytes }),
    );
    const shownAddress = unlessProxied(address, request.headers['x-forwarded-for']);
    const counted = this.counted.get(conn);
    const way = signallingWay(request, request.headers.origin);
    const wire = new Wire(socket, backlog, this.frames, counted, shownAddress, way);
    const connection = new Connection(wire, { ...this.context, caller: network(address) });
    // Before any listener: no message of a client reaches an event emitter of this code.
    socket.use((message) => connection.receive(message));
    socket.on('disconnect', () => connection.closed());
    connection.opened(socket.handshake.auth);
  }
}

/** The parts of Engine.IO's socket that counting uses. */
interface AcceptedSocket {
  request: IncomingMessage;
  once(event: 'close', listener: () => void): void;
}

/** Bytes. The largest request is a `subscribe` with a browser's whole capabilities, about 12 kB. */
const LARGEST_MESSAGE = 64 * 1024;

/**
 * Milliseconds. The loss of a socket's network is detected within 13 s; a browser that is busy for
 * 8 s keeps its socket.
 */
const PING_INTERVAL = 5_000;
const PING_TIMEOUT = 8_000;
