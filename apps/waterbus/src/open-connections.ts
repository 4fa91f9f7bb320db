import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connections of an HTTP server, for its end: those before their TLS handshake, before their
 * first bytes, and upgraded ones too, which Node's `closeAllConnections` does not know. A client
 * that is gone ends none of them, and would hold the server for as long as two minutes.
 */
export class OpenConnections {
  private readonly sockets = new Set<Socket>();
  private closed = false;

  /** After all other listeners for connections: some pass a connection on later, or never. */
  watch(server: Server): void {
    for (const event of ['connection', 'secureConnection']) {
      server.prependListener(event, (socket: Socket) => this.add(socket));
    }
  }

  /** Ends all connections once what was written has left, and later ones at once. */
  async close(): Promise<void> {
    this.closed = true;
    // The last first: TLS says its farewell before the connection below it ends.
    for (const socket of [...this.sockets].reverse()) socket.destroySoon();
  }

  private add(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    if (this.closed) socket.destroySoon();
  }
}
