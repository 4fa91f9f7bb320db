import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { JOIN_DEADLINE, SIGNALLING_PATH } from '@waterbus/protocol';
import { Server } from 'socket.io';
import { unlessProxied } from '../media/reachable-candidates.js';
import { Connection, type ConnectionSurroundings } from './connection.js';
import { originAllowed } from './origins.js';

/** Takes sockets on the HTTP server: WebSocket only, small messages, one connection object for each. */
export function openSignalling(
  server: HttpServer | HttpsServer,
  surroundings: ConnectionSurroundings,
  allowedOrigins: readonly string[],
  clientAddress: (request: IncomingMessage) => string,
): { close(): Promise<void> } {
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
    allowRequest: (request: IncomingMessage, decide) => decide(null, originAllowed(request, allowedOrigins)),
  });
  io.on('connection', (socket) => {
    const connection = new Connection(
      {
        emit: (name, event) => socket.emit(name, event),
        disconnect: () => socket.disconnect(true),
        address: unlessProxied(clientAddress(socket.request), socket.request.headers['x-forwarded-for']),
      },
      surroundings,
    );
    // Before any listener: nothing that a client sends reaches an event emitter of ours.
    socket.use((message) => connection.receive(message));
    socket.on('disconnect', () => connection.closed());
  });
  io.attach(server);
  return {
    close: async () => {
      io.disconnectSockets(true);
      // The HTTP server belongs to whoever made it, so Socket.IO's own `close`, which ends it too, is not used.
      io.engine.close();
      io.removeAllListeners();
    },
  };
}

/** Bytes. The largest request is a `subscribe` with a browser's whole capabilities, about 12 kB. */
const LARGEST_MESSAGE = 64 * 1024;

/** Milliseconds. A socket whose network is gone is noticed within 13 s; a browser busy for 8 s is not taken for one. */
const PING_INTERVAL = 5_000;
const PING_TIMEOUT = 8_000;
