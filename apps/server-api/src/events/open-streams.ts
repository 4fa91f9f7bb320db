import { CodedError } from '@waterbus/protocol';
import { type StreamParts, UserStream } from './user-stream.js';

/** The open streams of this server. */
export class OpenStreams {
  readonly #parts: StreamParts;
  readonly #byUser = new Map<string, Set<UserStream>>();
  #closed = false;

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  /** Rejects with `limit.reached` when the user has the maximum number open. */
  async open(who: { userId: string; sessionId: string }): Promise<UserStream> {
    if (this.#closed) throw new CodedError('server.draining');
    const streams = this.#byUser.get(who.userId) ?? new Set();
    if (streams.size >= MOST_STREAMS) throw new CodedError('limit.reached', `${MOST_STREAMS} streams are open already`);
    const stream = new UserStream(this.#parts, who, () => {
      streams.delete(stream);
      if (streams.size === 0 && this.#byUser.get(who.userId) === streams) this.#byUser.delete(who.userId);
    });
    streams.add(stream);
    this.#byUser.set(who.userId, streams);
    try {
      await stream.start();
    } catch (error) {
      stream.output.destroy();
      throw error;
    }
    if (stream.output.destroyed) throw new CodedError('server.unavailable');
    return stream;
  }

  closeAll(): void {
    this.#closed = true;
    for (const streams of this.#byUser.values()) for (const stream of streams) stream.end();
  }
}

/**
 * Per user on one server: browser windows and devices, with room for connections whose end is not
 * noticed yet.
 */
const MOST_STREAMS = 10;
