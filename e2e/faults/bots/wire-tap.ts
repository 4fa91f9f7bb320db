import { JOINED_EVENT, type JoinedResponse, type RoomEvent, type RoomSnapshot } from '@waterbus/protocol';
import type { ClientEntry } from '../history.js';

/** Writes entries of one client to the history. */
export type Write = (entry: ClientEntry) => void;

/**
 * Reads the text frames of one client's sockets on the wire, and records their information about
 * the room. A frame is an Engine.IO packet (version 4: one digit for its type) with a Socket.IO
 * packet (version 5: a digit, optionally the number of an acknowledgement, JSON). Ignores frames of
 * other kinds, and content that does not concern the room.
 */
export class WireTap {
  #sockets = 0;
  /** Requests that wait for their answer, by socket and number. */
  readonly #requested = new Map<string, Request>();

  constructor(
    private readonly client: string,
    private readonly write: Write,
  ) {}

  /** Returns the number of the new socket. */
  opened(): number {
    this.#sockets += 1;
    this.write({ client: this.client, type: 'socket.opened', socket: this.#sockets });
    return this.#sockets;
  }

  closed(socket: number): void {
    for (const key of this.#requested.keys()) if (key.startsWith(`${socket} `)) this.#requested.delete(key);
    this.write({ client: this.client, type: 'socket.closed', socket });
  }

  sent(socket: number, frame: string): void {
    if (CONNECT_WITH_JOIN.test(frame)) this.write({ client: this.client, type: 'requested', socket, request: 'join' });
    const { kind, number, body } = readFrame(frame) ?? {};
    if (kind !== 'event' || number === undefined) return;
    const [name] = body as [string];
    if (!isRequest(name)) return;
    this.#requested.set(`${socket} ${number}`, name);
    this.write({ client: this.client, type: 'requested', socket, request: name });
  }

  received(socket: number, frame: string): void {
    const { kind, number, body } = readFrame(frame) ?? {};
    const { client } = this;
    if (kind === 'event') {
      const [name, data] = body as [string, unknown];
      if (name === JOINED_EVENT) this.#answered(socket, 'join', data as Answer);
      if (name === 'room') this.write({ client, type: 'room', socket, event: data as RoomEvent });
      if (name === 'ended') this.write({ client, type: 'ended', socket, reason: (data as { reason: string }).reason });
    } else if (kind === 'answer') {
      const key = `${socket} ${number}`;
      const of = this.#requested.get(key);
      this.#requested.delete(key);
      if (of && body) this.#answered(socket, of, body[0] as Answer);
    }
  }

  #answered(socket: number, of: Request, reply: Answer): void {
    if (!reply.ok) return;
    const { client } = this;
    const { room, participantId } = reply.data;
    this.write({ client, type: 'snapshot', socket, of, ...(participantId !== undefined && { participantId }), room });
  }
}

type Answer = { ok: boolean; data: { room: RoomSnapshot } & Partial<JoinedResponse> };

/** A Socket.IO packet of type 0 whose payload holds a join; an event answers it. */
const CONNECT_WITH_JOIN = /^40\{"join":/;

type Request = 'join' | 'resume' | 'sync';

function isRequest(name: string): name is Request {
  return name === 'join' || name === 'resume' || name === 'sync';
}

/**
 * Engine.IO type 4 is a message; Socket.IO types 2 and 3 are an event and an acknowledgement. The
 * packets omit the default namespace.
 */
function readFrame(
  frame: string,
): { kind: 'event' | 'answer'; number: number | undefined; body: unknown[] } | undefined {
  const parts = /^4([23])(\d*)(?=\[)/.exec(frame);
  if (!parts) return undefined;
  const [head, type, number] = parts;
  return {
    kind: type === '2' ? 'event' : 'answer',
    number: number ? Number(number) : undefined,
    body: JSON.parse(frame.slice(head.length)),
  };
}
