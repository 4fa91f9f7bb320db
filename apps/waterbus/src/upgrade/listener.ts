import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { SocketName } from './messages.js';

/** A TCP socket as Node holds it: `process.send` accepts it, and `listen` one that listens. */
export interface SocketHandle {
  close(): void;
  /** Of a listening socket. */
  onconnection?: (error: number, connection: SocketHandle | undefined) => void;
}

/**
 * The listening socket of a server, which two processes can share. Both then accept from one queue
 * of the kernel, so no connection is refused while one of them closes it.
 */
export class Listener {
  readonly #answering = new Set<ServerResponse>();
  /** Open connections, each with the one of TLS above it, and those without a request so far. */
  readonly #open = new Map<Socket, Socket>();
  readonly #unused = new Set<Socket>();
  #held: SocketHandle[] | undefined;
  #serve: (connection: SocketHandle) => void = () => {};
  #state: 'accepts' | 'stopped' | 'elsewhere' = 'accepts';
  #stoppedAt = 0;
  #onIdle = () => {};
  #onUsed = () => {};

  /** The server has its listeners for requests already. */
  constructor(
    readonly name: SocketName,
    readonly server: Server,
    private readonly address: { port: number; host: string },
  ) {
    const listeners = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request, response: ServerResponse) => {
      this.#use(request.socket);
      if (this.#state !== 'accepts') response.shouldKeepAlive = false;
      if (this.#state === 'elsewhere') return redirect(request, response);
      this.#answering.add(response);
      response.once('close', () => {
        this.#answering.delete(response);
        this.#onIdle();
      });
      for (const listener of listeners) listener.call(server, request, response);
    });
    // A listener more would be the only one of a server that refuses upgrades.
    if (server.listenerCount('upgrade') > 0) server.on('upgrade', ({ socket }) => this.#use(socket));
    server.prependListener('connection', (socket: Socket) => this.#opened(socket));
    server.prependListener('secureConnection', (socket: Socket) => this.#open.set(below(socket), socket));
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
   * that ended now could meet a request that is on its way.
   */
  stop(): void {
    if (this.#state === 'accepts') this.#endAfterAnswers('stopped');
    this.#close();
  }

  /**
   * As `stop`, and the next answer on an open connection sends the request once more on a new one.
   * New ones are accepted and not read: they wait for `release`, or for `resume`. Those beyond a
   * limit wait in the kernel.
   */
  hold(): void {
    if (this.#state !== 'accepts') return;
    this.#endAfterAnswers('elsewhere');
    const { handle } = this;
    const accept = handle?.onconnection;
    if (!handle || !accept) return;
    this.#held = [];
    this.#serve = (connection) => accept.call(handle, 0, connection);
    handle.onconnection = (error, connection) => {
      if (!this.#held || !connection) return accept.call(handle, error, connection);
      this.#held.push(connection);
      if (this.#held.length >= MOST_HELD) this.#close();
    };
  }

  /**
   * The connections that wait, for the process that shares the socket. The caller closes them. Those
   * beyond a limit are served here: the channel between the processes sends one at a time, and the
   * messages behind them would come late.
   */
  release(): SocketHandle[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const connection of held.splice(MOST_PASSED)) this.#serve(connection);
    return held;
  }

  /** A connection that the process before this one has accepted and not read. */
  accept(connection: SocketHandle): void {
    const { handle } = this;
    if (handle?.onconnection) handle.onconnection(0, connection);
    else connection.close();
  }

  /** Accepts connections again: the process that shared the socket has ended. */
  async resume(): Promise<void> {
    if (this.#state === 'accepts') return;
    this.#state = 'accepts';
    for (const connection of this.release()) this.#serve(connection);
    if (!this.handle) await this.open(undefined);
  }

  /**
   * After `stop`: ends the connections, and resolves when their peers have done the same or could
   * have. A connection without a request gets the time for its first one: a client that has just
   * connected sends it. Each of those requests is sent once more to the other process. The end of
   * sending comes before that of reading: bytes that arrive at a closed socket reset the connection.
   */
  async end(): Promise<void> {
    this.#state = 'elsewhere';
    const left = this.#stoppedAt + FIRST_REQUEST_TIME - performance.now();
    await this.#until(() => this.#unused.size === 0, left);
    for (const socket of this.#open.values()) socket.end();
    await this.#until(() => this.#open.size === 0, END_TIME);
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

  #endAfterAnswers(state: 'stopped' | 'elsewhere'): void {
    this.#state = state;
    this.#stoppedAt = performance.now();
    for (const response of this.#answering) if (!response.headersSent) response.shouldKeepAlive = false;
  }

  #close(): void {
    if (this.handle) NetServer.prototype.close.call(this.server);
  }

  #opened(socket: Socket): void {
    this.#unused.add(socket);
    this.#open.set(socket, socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#use(socket);
    });
  }

  #use(socket: Socket): void {
    this.#unused.delete(below(socket));
    this.#onUsed();
  }

  async #until(isSo: () => boolean, deadline: number): Promise<void> {
    if (isSo() || deadline <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadline);
      this.#onUsed = () => {
        if (!isSo()) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The connection below TLS, which Node gives no public name. */
function below(socket: Socket): Socket {
  return (socket as Socket & { _parent?: Socket })._parent ?? socket;
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

/** Connections that the channel sends in less than a second on a busy machine. */
const MOST_PASSED = 64;

/** Connections: far more than wait for a start. The kernel queues hundreds more. */
const MOST_HELD = 1000;

/** Milliseconds from the connection to the request: two round trips of TLS on a slow link. */
const FIRST_REQUEST_TIME = 3000;

/** Milliseconds: a request that is on its way arrives, and the peer ends the connection. */
const END_TIME = 500;
