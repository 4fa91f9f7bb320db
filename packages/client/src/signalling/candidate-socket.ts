import type { ClientRequest } from '@waterbus/protocol';
import { unreachable } from '../failures.js';
import type { OpenSocket, ServerMessage, SignallingSocket, SocketListener } from './socket.js';

/**
 * A socket that is being opened and may become the session's. It keeps the messages that arrive
 * until then. For a join it is opened before the token is known, and sends its connect packet with
 * the token.
 */
export class CandidateSocket {
  readonly origin: string;
  readonly early: ServerMessage[] = [];
  lost = false;
  readonly opened: Promise<SignallingSocket>;
  #adopted: SocketListener | undefined;
  #abort = new AbortController();

  constructor(openSocket: OpenSocket, origin: string, signal: AbortSignal, join?: Promise<ClientRequest<'join'>>) {
    this.origin = origin;
    const listener: SocketListener = {
      message: (message) => {
        if (this.#adopted) this.#adopted.message(message);
        else this.early.push(message);
      },
      lost: () => {
        this.lost = true;
        this.#adopted?.lost();
      },
    };
    const abort = () => this.#abort.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    this.opened = openSocket(origin, listener, this.#abort.signal, join).finally(() =>
      signal.removeEventListener('abort', abort),
    );
    this.opened.catch(() => {
      this.lost = true;
    });
  }

  /** Opens the socket for a join whose request follows by `submit`. */
  static ahead(openSocket: OpenSocket, origin: string, signal: AbortSignal): CandidateSocket {
    let submit: (request: ClientRequest<'join'>) => void = () => {};
    const join = new Promise<ClientRequest<'join'>>((resolve) => {
      submit = resolve;
    });
    const candidate = new CandidateSocket(openSocket, origin, signal, join);
    candidate.submit = submit;
    return candidate;
  }

  submit: (request: ClientRequest<'join'>) => void = () => {};

  /** From now on `listener` gets all messages; earlier ones are in `early`. */
  adopt(listener: SocketListener): void {
    this.#adopted = listener;
  }

  /** Closes it, also when it is still being opened. */
  discard(): void {
    this.lost = true;
    this.#abort.abort(unreachable('not needed any more'));
    this.opened.then(
      (socket) => socket.close(),
      () => {},
    );
  }
}
