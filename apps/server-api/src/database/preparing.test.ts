import { eq, inArray, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { STARTING } from '../../test/server.js';
import { type Database, openDatabase, type Queries } from './database.js';
import { meetings, users } from './schema.js';
import { statement } from './statement.js';

let postgres: PostgresUnderTest;
let database: Database;
beforeAll(async () => {
  postgres = await startPostgres();
  database = await openDatabase({ databaseUrl: await postgres.newDatabase(), dataDir: '' });
}, STARTING);
afterAll(async () => {
  await database.close();
  await postgres.close();
});

/** The tables in the statements that this connection has prepared, and how often it executed each. */
async function prepared(transaction: Queries): Promise<Record<string, number>> {
  const rows = await transaction.execute<{ statement: string; executed: string }>(
    sql.raw('select statement, generic_plans + custom_plans as executed from pg_prepared_statements'),
  );
  const found = (rows as unknown as { statement: string; executed: string }[]).map(
    ({ statement, executed }) => [/from "(\w+)"/.exec(statement)?.[1] ?? statement, Number(executed)] as const,
  );
  return Object.fromEntries(found);
}

it('prepares each statement once, and executes it by name afterwards', async () => {
  const byCode = statement<{ code: string }, { id: string }[]>((queries, value) =>
    queries
      .select({ id: meetings.id })
      .from(meetings)
      .where(eq(meetings.code, value('code'))),
  );
  await database.queries.transaction(async (transaction) => {
    for (let n = 0; n < 3; n += 1) {
      await byCode(transaction, { code: 'abc-defg-hjk' });
      await transaction.select().from(users).where(eq(users.email, 'ada@example.org'));
    }
    expect(await prepared(transaction)).toMatchObject({ meetings: 3, users: 3 });
  });
});

it('prepares no lists of varying length', async () => {
  await database.queries.transaction(async (transaction) => {
    const codes = Array.from({ length: 100 }, (_, n) => `code ${n}`);
    const before = await prepared(transaction);
    await transaction.select().from(meetings).where(inArray(meetings.code, codes));
    expect(await prepared(transaction)).toEqual(before);
  });
});
