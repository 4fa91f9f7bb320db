import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { SocketName } from './messages.js';

/** A listening TCP socket as Node holds it: `process.send` and `listen` accept it. */
export type SocketHandle = object;

/**
 * The listening socket of a server, which two processes can share. Both then accept from one queue
 * of the kernel, so no connection is refused while one of them closes it.
 */
export class Listener {
  readonly #answering = new Set<ServerResponse>();
  #state: 'accepts' | 'stopped' | 'elsewhere' = 'accepts';
  #onIdle = () => {};

  /** The server has its listeners for requests already. */
  constructor(
    readonly name: SocketName,
    readonly server: Server,
    private readonly address: { port: number; host: string },
  ) {
    const listeners = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request, response: ServerResponse) => {
      if (this.#state !== 'accepts') response.shouldKeepAlive = false;
      if (this.#state === 'elsewhere') return redirect(request, response);
      this.#answering.add(response);
      response.once('close', () => {
        this.#answering.delete(response);
        this.#onIdle();
      });
      for (const listener of listeners) listener.call(server, request, response);
    });
  }

  /** Options of `listen`: the inherited socket, or a new one. */
  options(inherited: SocketHandle | undefined): { port: number; host: string; handle?: SocketHandle } {
    return inherited ? { ...this.address, handle: inherited } : this.address;
  }

  async open(inherited: SocketHandle | undefined): Promise<void> {
    this.server.listen(this.options(inherited));
    await once(this.server, 'listening');
  }

  /** Undefined while the server does not listen. */
  get handle(): SocketHandle | undefined {
    return (this.server as unknown as { _handle: SocketHandle | null })._handle ?? undefined;
  }

  /**
   * Accepts no more connections. Open ones stay, and each ends after its next answer: an idle one
   * that ended now could meet a request that is on its way. `elsewhere`: that answer sends the
   * request once more on a new connection, which the process that shares the socket accepts.
   */
  stop({ elsewhere = false } = {}): void {
    if (this.#state !== 'accepts') return;
    this.#state = elsewhere ? 'elsewhere' : 'stopped';
    for (const response of this.#answering) if (!response.headersSent) response.shouldKeepAlive = false;
    NetServer.prototype.close.call(this.server);
  }

  /** Accepts connections again: the process that shared the socket has ended. */
  async resume(): Promise<void> {
    if (this.#state === 'accepts') return;
    this.#state = 'accepts';
    await this.open(undefined);
  }

  /** Resolves when all requests are answered, event streams aside, or after `deadline` milliseconds. */
  async idle(deadline: number): Promise<void> {
    const isIdle = () => [...this.#answering].every(isEventStream);
    if (isIdle()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadline);
      this.#onIdle = () => {
        if (!isIdle()) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The same request at the same address; its body is read first, so that the answer arrives. */
function redirect(request: IncomingMessage, response: ServerResponse): void {
  request.resume().once('end', () => {
    response.writeHead(307, { location: request.url ?? '/', 'cache-control': 'no-store' }).end();
  });
}

function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream');
}
