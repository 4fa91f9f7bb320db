import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator';
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js';
import { migrate as migratePostgres } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { DataFolderError, lockDataFolder } from './data-folder.js';
import { syncFolder, syncTree } from './embedded/disk.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { preparing } from './preparing.js';
import { makePrivate, SharedFolderError } from './private-folder.js';
import * as schema from './schema.js';

/** What queries run on: the same SQL on PGlite and PostgreSQL. */
export type Queries = PgDatabase<PgQueryResultHKT, typeof schema>;

export interface Database {
  readonly queries: Queries;
  /** True for PGlite: this process is the only one on the data. */
  readonly embedded: boolean;
  /** Resolves when what queries have shown so far survives a power cut. What they changed does once they resolve. */
  durable(): Promise<void>;
  /** Resolves when the database answers. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** PostgreSQL at `databaseUrl`, else PGlite in `dataDir`/postgres. Migrated before the promise resolves. */
export async function openDatabase(options: { databaseUrl?: string; dataDir: string }): Promise<Database> {
  return options.databaseUrl ? openPostgres(options.databaseUrl) : openPglite(options.dataDir);
}

async function openPostgres(url: string): Promise<Database> {
  const client = postgres(url, {
    max: POOL_SIZE,
    connect_timeout: CONNECT_TIMEOUT,
    backoff: () => RECONNECT_PAUSE,
    onnotice: () => {},
    connection: { application_name: 'waterbus' },
  });
  try {
    await migrateOnce(url);
  } catch (error) {
    await client.end();
    throw error;
  }
  const queries = drizzlePostgres(preparing(client), { schema }) as unknown as Queries;
  return {
    queries,
    embedded: false,
    durable: async () => {},
    check: async () => void (await queries.execute(sql`select 1`)),
    close: () => client.end({ timeout: CLOSE_TIMEOUT }),
  };
}

/** Servers that start together wait for one of them to migrate; the lock goes with the connection. */
async function migrateOnce(url: string): Promise<void> {
  const client = postgres(url, { max: 1, connect_timeout: CONNECT_TIMEOUT, onnotice: () => {} });
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await migratePostgres(drizzlePostgres(client), { migrationsFolder });
  } finally {
    await client.end({ timeout: CLOSE_TIMEOUT });
  }
}

async function openPglite(dataDir: string): Promise<Database> {
  const unlock = lockDataFolder(dataDir);
  try {
    const client = await openFolder(dataDir);
    const queries = drizzlePglite(client, { schema });
    await migratePglite(queries, { migrationsFolder });
    return {
      queries: queries as unknown as Queries,
      embedded: true,
      durable: () => client.durable(),
      check: async () => void (await client.query('select 1')),
      close: async () => {
        if (!client.closed) await client.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A first start that is killed half way leaves nothing that a later one would take for a database. */
async function openFolder(dataDir: string): Promise<EmbeddedPostgres> {
  const folder = path.join(dataDir, 'postgres');
  try {
    if (!existsSync(folder)) {
      const unfinished = `${folder}.unfinished`;
      rmSync(unfinished, { recursive: true, force: true });
      await (await EmbeddedPostgres.open(unfinished)).close();
      syncTree(unfinished);
      renameSync(unfinished, folder);
      syncFolder(dataDir);
    }
    // Earlier versions left its files to the umask.
    makePrivate(folder);
    return await EmbeddedPostgres.open(folder);
  } catch (error) {
    if (error instanceof SharedFolderError || (error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    const message = `The database in ${folder} cannot be opened: ${(error as Error)?.message ?? error}`;
    throw new DataFolderError('EDATADIR_BROKEN', dataDir, message, { cause: error });
  }
}

/** Beside src and dist alike. */
const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));

/** Connections of one server: requests are short, and PostgreSQL's default of 100 must do for several servers. */
const POOL_SIZE = 10;

/** Seconds. A database on the same network answers at once; the start shall fail with a sentence soon. */
const CONNECT_TIMEOUT = 10;

/** Seconds between two attempts to connect again: the driver's own pauses grow to 20 s, and chat would be away for as long after a database that is back. */
const RECONNECT_PAUSE = 0.5;

/** Seconds that running queries get; the whole process has 5 to end. */
const CLOSE_TIMEOUT = 3;

/** Any number that nothing else in the database uses: the bytes of "wbus". */
const MIGRATION_LOCK = 0x77627573;
