import type { ErrorCode } from './errors.js';

/** Path of the Socket.IO endpoint on every Server WS. Transport: WebSocket only. */
export const SIGNALLING_PATH = '/signal';

/** Raised for changes after which client and server could misunderstand each other. */
export const PROTOCOL_VERSION = 1;

/**
 * The answer, once, to the `join` request in the payload of the Socket.IO connect packet
 * (`auth.join`), as a `Reply`. In the payload the request needs no round trip of its own.
 */
export const JOINED_EVENT = 'joined';

/** Milliseconds after which the server closes a socket that has not joined. */
export const JOIN_DEADLINE = 10_000;

/** Every acknowledgement: data, or a coded error. */
export type Reply<T> = { ok: true; data: T } | { ok: false; error: { code: ErrorCode; detail?: string } };
