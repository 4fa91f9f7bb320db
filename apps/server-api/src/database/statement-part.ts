import { getTableColumns, type SQL, sql, WithSubquery } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';

/**
 * A named part of a statement that consists of several (`with`). All parts read the same state of
 * the database, and see of each other only the returned rows.
 */
export function part(name: string, text: SQL): WithSubquery {
  return new WithSubquery(text, {}, name, true);
}

/** The value of each named column of a table. */
export type ColumnValues<T extends PgTable> = { [Name in keyof T['_']['columns'] & string]?: SQL };

/**
 * Inserts one row for each row of `source`. The casts give PostgreSQL the types of the parameters,
 * which it infers in `values` only.
 */
export function insertFrom<T extends PgTable>(table: T, values: ColumnValues<T>, source: SQL): SQL {
  const columns = getTableColumns(table);
  const named = Object.entries(values as Record<string, SQL>).map(([name, value]) => ({
    column: columns[name]!,
    value,
  }));
  const names = named.map(({ column }) => sql.identifier(column.name));
  const cast = named.map(({ column, value }) => sql`${value}::${sql.raw(column.getSQLType())}`);
  return sql`insert into ${table} (${sql.join(names, sql`, `)}) select ${sql.join(cast, sql`, `)} from ${source}`;
}
