import { CodedError, LAST_MOMENT, type Page } from '@waterbus/protocol';
import { type AnyColumn, gt, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';

/** The end of a page: lists are ordered by a moment and an id. */
export interface Position {
  at: Date;
  id: string;
  /** Of a list that had another order in earlier servers; absent: the order of creation. */
  order?: Order;
}

/** `activity`: by the last activity. Earlier servers refuse its cursors. */
type Order = 'activity';

/** Rejects with `request.invalid` for a cursor that is not from this server. */
export function readCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [at, id, order] = positionSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { at: new Date(at), id, ...(order && { order }) };
  } catch {
    throw foreignCursor();
  }
}

/**
 * The condition for rows after the cursor: a row comparison, which an index on (moment, id) answers
 * as one range.
 */
export function beyond(
  cursor: string | undefined,
  columns: { at: AnyColumn; id: AnyColumn },
  direction: 'ascending' | 'descending',
): SQL | undefined {
  const position = positionOf(cursor, columns.id);
  return position && past({ at: sql`${position.at}`, id: sql`${position.id}` }, columns, direction);
}

/**
 * The cursor's position in a list with this id; its moment as ISO 8601. Throws `request.invalid`.
 */
export function positionOf(
  cursor: string | undefined,
  id: AnyColumn,
): { at: string; id: string; order: Order | undefined } | undefined {
  const position = readCursor(cursor);
  if (!position) return undefined;
  if (id.getSQLType() === 'uuid' && !z.uuid().safeParse(position.id).success) throw foreignCursor();
  return { at: position.at.toISOString(), id: position.id, order: position.order };
}

/**
 * The condition for rows after the cursor of a list in the order of ids, the primary key: its pages
 * are those of `pageById`.
 */
export function beyondId(cursor: string | undefined, id: AnyColumn): SQL | undefined {
  const position = positionOf(cursor, id);
  return position && gt(id, position.id);
}

/** The condition for rows after a position, for statements that are built before it is known. */
export function past(
  position: { at: SQL; id: SQL },
  { at, id }: { at: AnyColumn | SQL; id: AnyColumn },
  direction: 'ascending' | 'descending',
): SQL {
  const values = sql`(${position.at}::timestamptz, ${position.id}::${sql.raw(id.getSQLType())})`;
  return direction === 'ascending' ? sql`(${at}, ${id}) > ${values}` : sql`(${at}, ${id}) < ${values}`;
}

/** A page of rows from a query with a limit of one more than `limit`. */
export function pageOfRows<Row, Item>(
  rows: Row[],
  limit: number,
  position: (row: Row) => Position,
  shown: (row: Row) => Item,
): Page<Item> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map(shown), nextCursor: last === undefined ? null : cursorOf(position(last)) };
}

/** The same in the order of ids alone. */
export function pageById<Row, Item>(
  rows: Row[],
  limit: number,
  id: (row: Row) => string,
  shown: (row: Row) => Item,
): Page<Item> {
  return pageOfRows(rows, limit, (row) => ({ at: new Date(0), id: id(row) }), shown);
}

function cursorOf({ at, id, order }: Position): string {
  return Buffer.from(JSON.stringify([at.getTime(), id, ...(order ? [order] : [])])).toString('base64url');
}

function foreignCursor(): CodedError {
  return new CodedError('request.invalid', 'cursor: not a cursor of this list');
}

/**
 * A cursor may be from another list: the id is compared, never executed, but it must have the form
 * of an id.
 */
const positionSchema = z.tuple([
  z.number().int().min(0).max(LAST_MOMENT),
  z.string().regex(/^[\w.:-]{1,64}$/),
  z.literal('activity').optional(),
]);
