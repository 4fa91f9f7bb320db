import type { AccountExport } from '@waterbus/protocol';
import { type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Queries } from '../database/database.js';

/** The lists of an export. */
export type Part = Exclude<keyof AccountExport, 'exportedAt' | 'account'>;

/** Reads the rows of each of these lists for a user. */
export type ExportedParts<P extends Part> = Record<P, (queries: Queries, userId: string) => AsyncGenerator<Row>>;

type Row = Record<string, unknown>;

/** Rows that are few for everybody. */
export async function* listed(rows: PromiseLike<Row[]>): AsyncGenerator<Row> {
  yield* await rows;
}

/** Page after page in the order of ids: each begins after the end of the previous one. */
export async function* paged<R extends Row & { id: string }>(
  id: AnyPgColumn | SQL,
  read: (beyond: SQL | undefined) => Promise<R[]>,
): AsyncGenerator<R> {
  let last: string | undefined;
  for (;;) {
    const rows = await read(last === undefined ? undefined : sql`${id} > ${last}`);
    yield* rows;
    last = rows.at(-1)?.id;
    if (rows.length < PAGE) return;
  }
}

/** Rows in memory at a time. */
export const PAGE = 500;
