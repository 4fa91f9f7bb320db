import {
  type createStreamKeyRequestSchema,
  createStreamKeyResponseSchema,
  type StreamKey,
  streamKeysPageSchema,
} from '@waterbus/protocol';
import type { z } from 'zod';
import { type Connection, pathOf } from './connection.js';
import { type List, type ListOptions, listOf } from './list.js';

/** A stream key with its secret, which only this answer has. */
export type NewStreamKey = z.output<typeof createStreamKeyResponseSchema>;

/** Secrets with which encoders publish into a meeting by WHIP, and players watch it by WHEP. */
export class StreamKeys {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(code: string, options?: ListOptions): List<StreamKey> {
    return listOf(this.#connection, pathOf`meetings/${code}/stream-keys`, streamKeysPageSchema, options);
  }

  /** `secret` is the bearer token at `/v1/whip` or, with `use: 'watch'`, `/v1/whep`; it is not shown again. */
  create(code: string, key: z.input<typeof createStreamKeyRequestSchema>): Promise<NewStreamKey> {
    return this.#connection.ask('POST', pathOf`meetings/${code}/stream-keys`, createStreamKeyResponseSchema, key);
  }

  /** Also removes its participant from the call. */
  remove(code: string, keyId: string): Promise<void> {
    return this.#connection.send('DELETE', pathOf`meetings/${code}/stream-keys/${keyId}`);
  }
}
