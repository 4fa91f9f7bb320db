import {
  type ClientRequest,
  type ClientRequestName,
  type ClientResponse,
  clientRequests,
  type ErrorCode,
  errorCatalogue,
  JOINED_EVENT,
  type JoinedResponse,
  type ServerEvent,
  type ServerEventName,
  SIGNALLING_PATH,
  serverEvents,
} from '@waterbus/protocol';
import { io, type Socket } from 'socket.io-client';
import { coded, unreachable } from '../failures.js';

/** A connected socket: checked requests, and checked events. Tests use a fake one. */
export interface SignallingSocket {
  /**
   * Rejects with the server's coded error, or `network.unreachable` without an answer. `timeout` in
   * milliseconds.
   */
  request<N extends ClientRequestName>(name: N, data: ClientRequest<N>, timeout?: number): Promise<ClientResponse<N>>;
  /** The answer to the join that the connect packet carried. */
  readonly joined?: Promise<JoinedResponse>;
  close(): void;
}

export type ServerMessage = { [N in ServerEventName]: { name: N; data: ServerEvent<N> } }[ServerEventName];

export interface SocketListener {
  message(message: ServerMessage): void;
  /** Once, and not after `close()`. */
  lost(): void;
}

/** `join`: sent in the connect packet, which waits for it; `joined` is the answer. */
export type OpenSocket = (
  origin: string,
  listener: SocketListener,
  signal?: AbortSignal,
  join?: Promise<ClientRequest<'join'>>,
) => Promise<SignallingSocket>;

/**
 * Opens a Socket.IO connection over WebSocket. It never reconnects by itself: the session handles a
 * loss.
 */
export const openSocket: OpenSocket = (origin, listener, signal, join) => {
  const socket = io(origin, {
    path: SIGNALLING_PATH,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    timeout: CONNECT_TIMEOUT,
    ...(join && { auth: (send: (payload: object) => void) => void join.then((request) => send({ join: request })) }),
  });
  const joined = join && joinedBy(socket);
  const close = () => {
    joined?.giveUp(unreachable('the socket was closed'));
    socket.off();
    socket.disconnect();
  };

  for (const name of Object.keys(serverEvents) as ServerEventName[]) {
    socket.on(name, (data: unknown) => {
      const parsed = serverEvents[name].safeParse(data);
      // An event that is not understood is dropped: if it was a room's, the gap in versions
      // requests the snapshot (R1).
      if (parsed.success) listener.message({ name, data: parsed.data } as ServerMessage);
    });
  }

  const request: SignallingSocket['request'] = async (name, data, timeout = REQUEST_TIMEOUT) => {
    if (!socket.connected) throw unreachable('the socket is not connected');
    let reply: unknown;
    try {
      reply = await socket.timeout(timeout).emitWithAck(name, data);
    } catch {
      throw unreachable(`${name} was not answered`);
    }
    return readReply(name, reply);
  };

  return new Promise((resolve, reject) => {
    const abort = () => {
      close();
      reject(signal?.reason);
    };
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    socket.on('connect', () => {
      signal?.removeEventListener('abort', abort);
      joined?.expect();
      resolve({ request, close, ...(joined && { joined: joined.answer }) });
    });
    socket.on('connect_error', (error) => {
      signal?.removeEventListener('abort', abort);
      close();
      reject(unreachable(`${origin} could not be reached: ${error.message}`));
    });
    socket.on('disconnect', () => {
      signal?.removeEventListener('abort', abort);
      close();
      // Has no effect when it was connected.
      reject(unreachable(`${origin} closed the connection`));
      listener.lost();
    });
  });
};

/**
 * The answer to the join in the connect packet: pending for at most `REQUEST_TIMEOUT` from `expect`
 * on.
 */
function joinedBy(socket: Socket) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let giveUp: (error: unknown) => void = () => {};
  const answer = new Promise<JoinedResponse>((resolve, reject) => {
    giveUp = (error) => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once(JOINED_EVENT, (reply: unknown) => {
      clearTimeout(timer);
      try {
        resolve(readReply('join', reply));
      } catch (error) {
        reject(error);
      }
    });
  });
  answer.catch(() => {});
  const expect = () => {
    timer = setTimeout(() => giveUp(unreachable('join was not answered')), REQUEST_TIMEOUT);
  };
  return { answer, expect, giveUp };
}

function readReply<N extends ClientRequestName>(name: N, reply: unknown): ClientResponse<N> {
  const { ok, data, error } = (reply ?? {}) as {
    ok?: unknown;
    data?: unknown;
    error?: { code?: unknown; detail?: unknown };
  };
  if (ok === true) {
    const parsed = clientRequests[name].response.safeParse(data);
    if (parsed.success) return parsed.data as ClientResponse<N>;
    throw coded('server.internal', `the answer to ${name} is not understood`);
  }
  const code = String(error?.code);
  if (!(code in errorCatalogue)) throw coded('server.internal', `the answer to ${name} is not understood`);
  throw coded(code as ErrorCode, typeof error?.detail === 'string' ? error.detail : undefined);
}

/** Milliseconds to open a WebSocket: some round trips, also over a slow mobile network. */
const CONNECT_TIMEOUT = 5_000;

/**
 * Milliseconds until a request counts as unanswered: the servers answer within their own 5 s
 * deadlines.
 */
const REQUEST_TIMEOUT = 8_000;
