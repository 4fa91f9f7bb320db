import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tracer } from '@waterbus/telemetry';
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
import { QueryTimes } from './query-times.js';
import * as schema from './schema.js';
import { timed } from './timed.js';

/** The executor of queries: the same SQL on PGlite and PostgreSQL. */
export type Queries = PgDatabase<PgQueryResultHKT, typeof schema>;

export interface Database {
  readonly queries: Queries;
  /** True for PGlite: only this process uses the data. */
  readonly embedded: boolean;
  readonly times: QueryTimes;
  /**
   * Resolves when all data that queries have returned so far survives a power cut. Their own
   * changes do once they resolve.
   */
  durable(): Promise<void>;
  /** Resolves when the database answers. */
  check(): Promise<void>;
  /**
   * For a successor of this process: closes the files of an embedded database, whose queries are
   * then an outage until `resume`. Without an effect on PostgreSQL.
   */
  suspend(): Promise<void>;
  /** The successor has ended. Its migrations stay. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

/**
 * PostgreSQL at `databaseUrl`, otherwise PGlite in `dataDir`/postgres. Migrated before the promise
 * resolves.
 */
export async function openDatabase(options: {
  databaseUrl?: string;
  dataDir: string;
  /** Of the statements' spans. Default: none. */
  tracer?: Tracer;
}): Promise<Database> {
  const times = new QueryTimes(options.tracer);
  return options.databaseUrl ? openPostgres(options.databaseUrl, times) : openPglite(options.dataDir, times);
}

async function openPostgres(url: string, times: QueryTimes): Promise<Database> {
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
  const queries = drizzlePostgres(preparing(client, times), { schema }) as unknown as Queries;
  return {
    queries,
    times,
    embedded: false,
    durable: async () => {},
    check: async () => void (await queries.execute(sql`select 1`)),
    suspend: async () => {},
    resume: async () => {},
    close: () => client.end({ timeout: CLOSE_TIMEOUT }),
  };
}

/**
 * Of servers that start together, one migrates and the others wait; the lock ends with the
 * connection.
 */
async function migrateOnce(url: string): Promise<void> {
  const client = postgres(url, { max: 1, connect_timeout: CONNECT_TIMEOUT, onnotice: () => {} });
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await migratePostgres(drizzlePostgres(client), { migrationsFolder });
  } finally {
    await client.end({ timeout: CLOSE_TIMEOUT });
  }
}

async function openPglite(dataDir: string, times: QueryTimes): Promise<Database> {
  const database = await LentDatabase.open(dataDir, times);
  try {
    await database.migrate();
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The embedded database of this process, which can lend the files to its successor. */
class LentDatabase implements Database {
  readonly embedded = true;
  /** Valid for the life of this object: the queries of the open files. */
  readonly queries: Queries;

  private constructor(
    private readonly dataDir: string,
    readonly times: QueryTimes,
    private files: OpenFiles,
  ) {
    this.queries = new Proxy(files.queries, {
      get: (_target, name) => {
        const queries = this.files.queries as unknown as Record<PropertyKey, unknown>;
        const value = queries[name];
        return typeof value === 'function' ? value.bind(queries) : value;
      },
    });
  }

  static async open(dataDir: string, times: QueryTimes): Promise<LentDatabase> {
    return new LentDatabase(dataDir, times, await openFiles(dataDir, times));
  }

  async migrate(): Promise<void> {
    await migratePglite(drizzlePglite(this.files.client, { schema }), { migrationsFolder });
  }

  durable(): Promise<void> {
    return this.files.client.durable();
  }

  async check(): Promise<void> {
    await this.files.client.query('select 1');
  }

  async suspend(): Promise<void> {
    // Transactions that have begun end first.
    await this.files.client.transaction(async () => {});
    await this.close();
  }

  async resume(): Promise<void> {
    if (this.files.client.closed) this.files = await openFiles(this.dataDir, this.times);
  }

  async close(): Promise<void> {
    if (!this.files.client.closed) await this.files.client.close();
    this.files.unlock();
  }
}

interface OpenFiles {
  client: EmbeddedPostgres;
  queries: Queries;
  unlock: () => void;
}

async function openFiles(dataDir: string, times: QueryTimes): Promise<OpenFiles> {
  const unlock = lockDataFolder(dataDir);
  try {
    const client = await openFolder(dataDir);
    return { client, unlock, queries: drizzlePglite(timed(client, times), { schema }) as unknown as Queries };
  } catch (error) {
    unlock();
    throw error;
  }
}

/**
 * A first start that is killed midway leaves nothing that a later start would take for a database.
 */
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
    // Earlier versions created its files with the umask's mode.
    makePrivate(folder);
    return await EmbeddedPostgres.open(folder);
  } catch (error) {
    if (error instanceof SharedFolderError || (error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    const message = `The database in ${folder} cannot be opened: ${(error as Error)?.message ?? error}`;
    throw new DataFolderError('EDATADIR_BROKEN', dataDir, message, { cause: error });
  }
}

/** Valid from both src and dist. */
const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));

/**
 * Connections of one server: requests are short, and several servers share PostgreSQL's default of
 * 100.
 */
const POOL_SIZE = 10;

/**
 * Seconds. A database on the same network answers immediately; a start that fails reports it soon.
 */
const CONNECT_TIMEOUT = 10;

/**
 * Seconds between two attempts to reconnect: the driver's own pauses grow to 20 s, and chat would
 * be unavailable for as long after the database returns.
 */
const RECONNECT_PAUSE = 0.5;

/** Seconds that running queries get; the whole process has 5 to end. */
const CLOSE_TIMEOUT = 3;

/** Any number that nothing else in the database uses: the bytes of "wbus". */
const MIGRATION_LOCK = 0x77627573;
