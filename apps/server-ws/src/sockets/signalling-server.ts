import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { JOIN_DEADLINE, SIGNALLING_PATH } from '@waterbus/protocol';
import { Server } from 'socket.io';
import { unlessProxied } from '../media/reachable-candidates.js';
import { Backlog, type SendingSocket } from './backlog.js';
import { Callers, network } from './callers.js';
import { Connection, type ConnectionSurroundings } from './connection.js';
import { originAllowed } from './origins.js';

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
export function openSignalling(
  server: HttpServer | HttpsServer,
  surroundings: Omit<ConnectionSurroundings, 'caller'>,
  { allowedOrigins, clientAddress }: SignallingOptions,
): { figures(): Record<string, number>; close(): Promise<void> } {
  const { clock, limits, refusals } = surroundings;
  const callers = new Callers(limits);
  const counted = new WeakMap<object, { joined(): void }>();
  const io = new Server({
    path: SIGNALLING_PATH,
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
      const reason = originAllowed(request, allowedOrigins)
        ? callers.refusal(clientAddress(request))
        : 'this origin is not allowed';
      if (reason) refusals.count('socketsRefused', { reason });
      decide(reason, reason === undefined);
    },
  });
  io.on('connection', (socket) => {
    const { conn } = socket;
    const backlog = new Backlog(conn as unknown as SendingSocket, clock, limits, (bytes) =>
      refusals.count('socketsCut', { bytes }),
    );
    const connection = new Connection(
      {
        emit: (name, event) => {
          socket.emit(name, event);
          backlog.check();
        },
        sent: () => backlog.check(),
        joined: () => counted.get(conn)?.joined(),
        disconnect: () => socket.disconnect(true),
        address: unlessProxied(clientAddress(socket.request), socket.request.headers['x-forwarded-for']),
      },
      { ...surroundings, caller: network(clientAddress(socket.request)) },
    );
    // Before any listener: no message of a client reaches an event emitter of this code.
    socket.use((message) => connection.receive(message));
    socket.on('disconnect', () => connection.closed());
    connection.opened(socket.handshake.auth);
  });
  io.attach(server);
  io.engine.on('connection', (conn: { request: IncomingMessage; once(event: 'close', listener: () => void): void }) => {
    const caller = callers.add(clientAddress(conn.request));
    counted.set(conn, caller);
    conn.once('close', caller.ended);
  });
  return {
    figures: () => callers.figures,
    close: async () => {
      io.disconnectSockets(true);
      // The HTTP server belongs to its creator, so Socket.IO's own `close`, which ends it too, is
      // not used.
      io.engine.close();
      io.removeAllListeners();
    },
  };
}

/** Bytes. The largest request is a `subscribe` with a browser's whole capabilities, about 12 kB. */
const LARGEST_MESSAGE = 64 * 1024;

/**
 * Milliseconds. The loss of a socket's network is detected within 13 s; a browser that is busy for
 * 8 s keeps its socket.
 */
const PING_INTERVAL = 5_000;
const PING_TIMEOUT = 8_000;
