import { Column, getTableName, is, Param, type Placeholder, SQL, Subquery, sql } from 'drizzle-orm';
import type { PgColumn, PgPreparedQuery, PgSession, PreparedQueryConfig } from 'drizzle-orm/pg-core';
import type { Queries } from './database.js';

/** Executes on the database or in a transaction. */
export type Statement<Values, Result> = (queries: Pick<Queries, '_'>, values: Values) => Promise<Result>;

/**
 * A placeholder for a value in the text of a statement. `column`: encodes it as a value of this
 * column.
 */
export type ValueOf<Values> = (name: keyof Values & string, column?: PgColumn) => SQL;

type Buildable<Result> = {
  prepare(name: string): PgPreparedQuery<PreparedQueryConfig & { execute: Result }>;
};

/**
 * A statement whose text and row mapping are built at its first execution instead of at each:
 * building took a quarter of a request's CPU time. `build` must depend on nothing but the schema.
 */
export function statement<Values extends object, Result>(build: Build<Values, Result>): Statement<Values, Result> {
  return statementOf(build, ({ fields, joinsNotNullableMap }) => {
    if (!fields) return undefined;
    const mapRow = mapperOf(fields, joinsNotNullableMap);
    return (rows) => rows.map(mapRow);
  });
}

/**
 * The same, but a row is an array of the driver's values in the order of the selection: moments as
 * PostgreSQL's text. For long lists, whose objects would be made twice.
 */
export function rowsStatement<Values extends object, Row extends readonly unknown[]>(
  build: Build<Values, unknown>,
): Statement<Values, Row[]> {
  return statementOf(build, () => (rows) => rows) as Statement<Values, Row[]>;
}

type Build<Values, Result> = (queries: Queries, value: ValueOf<Values>) => Buildable<Result>;

function statementOf<Values extends object, Result>(
  build: Build<Values, Result>,
  mapperFor: (prepared: PreparedSelection) => MapRows | undefined,
): Statement<Values, Result> {
  let built: Built | undefined;
  return async (queries, values) => {
    built ??= builtOf(build(queries as Queries, placeholder), mapperFor);
    const session = queries._.session as unknown as PgSession;
    const { query, fields, mapRows } = built;
    const prepared = session.prepareQuery(query, fields as never, NAME, fields !== undefined, mapRows as never);
    return prepared.execute(values as Record<string, unknown>) as Promise<Result>;
  };
}

/** Any: drivers name prepared statements themselves, but prepare only those with a name. */
const NAME = 'statement';

interface Built {
  query: { sql: string; params: unknown[] };
  fields: Field[] | undefined;
  mapRows: MapRows | undefined;
}

type MapRows = (rows: unknown[][]) => (object | unknown[])[];

/**
 * The internals of Drizzle's prepared query, which its types hide: versions are pinned, and tests
 * execute it.
 */
interface PreparedSelection {
  getQuery(): Built['query'];
  fields?: Field[];
  joinsNotNullableMap?: Record<string, boolean>;
}

/** A selected column or expression, and its place in the object of a row: one or two names. */
interface Field {
  path: string[];
  field: unknown;
}

function placeholder(name: string, column?: PgColumn): SQL {
  const standIn: Placeholder = sql.placeholder(name);
  if (!column) return sql`${standIn}`;
  // Drizzle encodes a missing value itself only if it is known while the text is built.
  const encoder = { mapToDriverValue: (value: unknown) => (value === null ? null : column.mapToDriverValue(value)) };
  return sql`${new Param(standIn, encoder)}`;
}

function builtOf(
  buildable: Buildable<unknown>,
  mapperFor: (prepared: PreparedSelection) => MapRows | undefined,
): Built {
  const prepared = buildable.prepare('') as unknown as PreparedSelection;
  return { query: prepared.getQuery(), fields: prepared.fields, mapRows: mapperFor(prepared) };
}

/** The copy of one column of a row to the object. */
interface Step {
  group: string | undefined;
  name: string;
  decode: ((value: unknown) => unknown) | undefined;
}

/**
 * Produces the result of Drizzle's `mapResultRow`: the group of a table without a joined row is
 * null.
 */
function mapperOf(fields: Field[], notNull: Record<string, boolean> | undefined): (row: unknown[]) => object {
  const steps = fields.map(stepOf);
  const nullable = new Map<number, string>();
  for (const group of new Set(steps.map(({ group }) => group))) {
    const own = fields.filter((_, index) => steps[index]!.group === group);
    const tables = new Set(own.map(({ field }) => (is(field, Column) ? getTableName(field.table) : undefined)));
    const [table] = tables;
    if (!group || !notNull || tables.size > 1 || table === undefined || notNull[table]) continue;
    nullable.set(
      steps.findIndex((step) => step.group === group),
      group,
    );
  }
  return (row) => {
    const result: Record<string, unknown> = {};
    for (let index = 0; index < steps.length; index += 1) {
      const { group, name, decode } = steps[index]!;
      const raw = row[index];
      const value = raw === null || decode === undefined ? raw : decode(raw);
      if (group === undefined) {
        result[name] = value;
        continue;
      }
      if (!(group in result)) result[group] = raw === null && nullable.has(index) ? null : {};
      const object = result[group] as Record<string, unknown> | null;
      if (object) object[name] = value;
    }
    return result;
  };
}

function stepOf({ path, field }: Field): Step {
  const decoder = decoderOf(field);
  const plain = decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue;
  return {
    group: path.length > 1 ? path[0] : undefined,
    name: path.at(-1) ?? '',
    decode: plain ? undefined : (value) => decoder.mapFromDriverValue(value),
  };
}

function decoderOf(field: unknown): { mapFromDriverValue(value: unknown): unknown } {
  if (is(field, Column)) return field;
  if (is(field, SQL)) return (field as unknown as { decoder: Column }).decoder;
  if (is(field, Subquery)) return (field._ as unknown as { sql: { decoder: Column } }).sql.decoder;
  return (field as { sql: { decoder: Column } }).sql.decoder;
}
