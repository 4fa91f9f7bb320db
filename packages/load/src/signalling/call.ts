import {
  applyRoomChange,
  type ClientRequest,
  type ClientRequestName,
  type ClientResponse,
  clientRequests,
  JOINED_EVENT,
  type JoinedResponse,
  PROTOCOL_VERSION,
  type Reply,
  type RoomEvent,
  type RoomSnapshot,
  type ServerEvent,
  type ServerEventName,
  SIGNALLING_PATH,
  serverEvents,
} from '@waterbus/protocol';
import { io, type Socket } from 'socket.io-client';
import { LoadFailure } from './failure.js';
import type { Admission } from './rest.js';

type Listener<N extends ServerEventName> = (event: ServerEvent<N>) => void;

/** A participant's socket, with the room that it reports. */
export class Call {
  room: RoomSnapshot;
  /** The room has changed. */
  onRoom: () => void = () => {};
  /** The call ended without `leave`, once. */
  onLost: (code: string) => void = () => {};
  private readonly listeners = new Map<string, (event: never) => void>();
  private isOver = false;
  private syncing = false;

  private constructor(
    private readonly socket: Socket,
    readonly joined: JoinedResponse,
    early: { name: string; data: unknown }[],
  ) {
    this.room = joined.room;
    for (const { name, data } of early) this.take(name, data);
    socket.offAny();
    socket.onAny((name: string, data: unknown) => this.take(name, data));
    socket.on('disconnect', (reason) => this.end(`signalling.${reason.replaceAll(' ', '_')}`));
    if (!socket.connected) setImmediate(() => this.end('signalling.closed'));
  }

  /** Joins in the connect packet, at the first origin that answers. */
  static async join({ token, origins }: Admission, media: NonNullable<ClientRequest<'join'>['media']>): Promise<Call> {
    let failure = new LoadFailure('signalling.unreachable', 'the server names no address for sockets');
    for (const origin of origins) {
      try {
        return await Call.joinAt(origin, token, media);
      } catch (error) {
        failure = error as LoadFailure;
        // The token is used up by now.
        if (failure.code !== 'signalling.unreachable') throw failure;
      }
    }
    throw failure;
  }

  /** Receives an event other than those of the room. */
  on<N extends ServerEventName>(name: N, listener: Listener<N>): void {
    this.listeners.set(name, listener as (event: never) => void);
  }

  async request<N extends ClientRequestName>(name: N, request: ClientRequest<N>): Promise<ClientResponse<N>> {
    let reply: Reply<unknown>;
    try {
      reply = await this.socket.timeout(TIMEOUT).emitWithAck(name, request);
    } catch {
      throw new LoadFailure('signalling.timeout', `${name} was not answered`);
    }
    return dataOf(name, reply);
  }

  /** Leaves the room, and does not wait for a server that does not answer. */
  async leave(): Promise<void> {
    this.isOver = true;
    if (this.socket.connected)
      await this.socket
        .timeout(LEAVE_TIMEOUT)
        .emitWithAck('leave', {})
        .catch(() => {});
    this.socket.disconnect();
  }

  private static async joinAt(
    origin: string,
    token: string,
    media: NonNullable<ClientRequest<'join'>['media']>,
  ): Promise<Call> {
    const join: ClientRequest<'join'> = { token, protocolVersion: PROTOCOL_VERSION, media };
    const socket = io(origin, {
      path: SIGNALLING_PATH,
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      timeout: TIMEOUT,
      auth: { join },
    });
    const early: { name: string; data: unknown }[] = [];
    socket.onAny((name: string, data: unknown) => early.push({ name, data }));
    let timer: NodeJS.Timeout | undefined;
    try {
      const reply = await new Promise<Reply<unknown>>((resolve, reject) => {
        const refuse = (code: string, detail: string) => reject(new LoadFailure(code, `${origin}: ${detail}`));
        socket.once(JOINED_EVENT, resolve);
        socket.once('connect_error', ({ message }) => refuse('signalling.unreachable', message));
        socket.once('disconnect', (reason) => refuse('signalling.closed', reason));
        timer = setTimeout(() => refuse('signalling.timeout', 'no answer to the join'), TIMEOUT);
      });
      return new Call(socket, dataOf('join', reply), early);
    } catch (error) {
      socket.disconnect();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private take(name: string, data: unknown): void {
    if (!(name in serverEvents)) return;
    const parsed = serverEvents[name as ServerEventName].safeParse(data);
    // A room event that is not understood leaves a gap in versions.
    if (!parsed.success) return;
    if (name === 'room') this.follow(parsed.data as RoomEvent);
    else if (name === 'ended') this.end(`ended.${(parsed.data as ServerEvent<'ended'>).reason}`);
    else this.listeners.get(name)?.(parsed.data as never);
  }

  /** R1. */
  private follow({ version, change }: RoomEvent): void {
    if (version <= this.room.version || this.syncing) return;
    const next = version === this.room.version + 1 ? applyRoomChange(this.room, change) : undefined;
    if (next) {
      this.room = next;
      this.onRoom();
      return;
    }
    this.syncing = true;
    this.request('sync', {})
      .then(({ room }) => {
        this.room = room;
      })
      // A server that does not answer closes the socket.
      .catch(() => {})
      .finally(() => {
        this.syncing = false;
        this.onRoom();
      });
  }

  private end(code: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.socket.disconnect();
    this.onLost(code);
  }
}

function dataOf<N extends ClientRequestName>(name: N, reply: Reply<unknown>): ClientResponse<N> {
  if (reply?.ok === false) throw new LoadFailure(reply.error.code, reply.error.detail ?? name);
  const parsed = clientRequests[name].response.safeParse(reply?.data);
  if (!parsed.success) throw new LoadFailure('server.unknown', `the answer to ${name} is not understood`);
  return parsed.data as ClientResponse<N>;
}

/** Milliseconds. */
const TIMEOUT = 20_000;
const LEAVE_TIMEOUT = 3_000;
