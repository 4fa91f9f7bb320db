import type { Page } from '@waterbus/protocol';
import type { z } from 'zod';
import type { Connection } from './connection.js';

/** The options of all lists: the number of items per request (1 to 100, default 50). */
export interface ListOptions {
  pageSize?: number;
}

/** A part of the minutes of call quality. `from` (inclusive) and `to` (exclusive): ISO 8601. */
export interface QualityFilter {
  from?: string;
  to?: string;
  participantId?: string;
}

/**
 * A list of the server, requested page by page during the iteration: `for await (const meeting of
 * waterbus.meetings.list()) …`
 */
export class List<T> implements AsyncIterable<T> {
  readonly #ask: (cursor: string | undefined) => Promise<Page<T>>;

  constructor(ask: (cursor: string | undefined) => Promise<Page<T>>) {
    this.#ask = ask;
  }

  /**
   * One page: the first, or the one after `cursor`, which is the `nextCursor` of the previous page.
   */
  page(cursor?: string): Promise<Page<T>> {
    return this.#ask(cursor);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    let cursor: string | undefined;
    do {
      const { items, nextCursor } = await this.#ask(cursor);
      yield* items;
      cursor = nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  async toArray(): Promise<T[]> {
    const all: T[] = [];
    for await (const item of this) all.push(item);
    return all;
  }
}

export function listOf<T extends z.ZodType<Page<unknown>>>(
  connection: Connection,
  path: string,
  schema: T,
  { pageSize, ...query }: ListOptions & { archived?: boolean } & QualityFilter = {},
): List<z.output<T>['items'][number]> {
  return new List(async (cursor) => {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...query, limit: pageSize, cursor })) {
      if (value !== undefined) parameters.set(name, String(value));
    }
    return connection.ask('GET', parameters.size > 0 ? `${path}?${parameters}` : path, schema);
  });
}
