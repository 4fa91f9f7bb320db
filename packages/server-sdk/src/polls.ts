import { type CreatePollRequest, type Poll, pollResponseSchema, pollsPageSchema } from '@waterbus/protocol';
import { type Connection, pathOf } from './connection.js';
import { type List, type ListOptions, listOf } from './list.js';

/** Polls of a meeting. A key has no vote of its own. */
export class Polls {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The newest first, with their results unless these are hidden until the end. */
  list(code: string, options?: ListOptions): List<Poll> {
    return listOf(this.#connection, pathOf`meetings/${code}/polls`, pollsPageSchema, options);
  }

  /** Opens it at once, for the participants in the call and the members. */
  async create(code: string, poll: CreatePollRequest): Promise<Poll> {
    return (await this.#connection.ask('POST', pathOf`meetings/${code}/polls`, pollResponseSchema, poll)).poll;
  }

  async close(code: string, pollId: string): Promise<Poll> {
    const path = pathOf`meetings/${code}/polls/${pollId}/close`;
    return (await this.#connection.ask('POST', path, pollResponseSchema)).poll;
  }

  /** With its votes. */
  remove(code: string, pollId: string): Promise<void> {
    return this.#connection.send('DELETE', pathOf`meetings/${code}/polls/${pollId}`);
  }
}
