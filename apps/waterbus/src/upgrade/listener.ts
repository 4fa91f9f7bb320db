import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
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
  #stopped = false;
  #onIdle = () => {};

  constructor(
    readonly name: SocketName,
    readonly server: Server,
    private readonly address: { port: number; host: string },
  ) {
    server.prependListener('request', (_request, response: ServerResponse) => {
      this.#answering.add(response);
      if (this.#stopped) response.shouldKeepAlive = false;
      response.once('close', () => {
        this.#answering.delete(response);
        if (this.#answering.size === 0) this.#onIdle();
      });
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
   * that ended now could meet a request that is on its way.
   */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const response of this.#answering) if (!response.headersSent) response.shouldKeepAlive = false;
    NetServer.prototype.close.call(this.server);
  }

  /** Accepts connections again: the process that shared the socket has ended. */
  async resume(): Promise<void> {
    if (!this.#stopped) return;
    this.#stopped = false;
    await this.open(undefined);
  }

  /** Resolves when all requests are answered, or after `deadline` milliseconds. */
  async idle(deadline: number): Promise<void> {
    if (this.#answering.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadline);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
