import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInProcessCluster, type InProcessCluster } from '@waterbus/cluster';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { openDatabase, type Queries } from '../src/database/database.js';
import { createServerApi, type ServerApi, type ServerApiOptions } from '../src/index.js';

export const secret = 'a secret of the tests that is long enough';

export interface ServerUnderTest {
  api: ServerApi;
  clock: VirtualClock;
  cluster: InProcessCluster;
  /** The server's own database. */
  queries: Queries;
  close(): Promise<void>;
}

/**
 * A Server API on PGlite (unless the options differ) in a folder of its own, with a clock that
 * tests advance.
 */
export async function startServer(options: Partial<ServerApiOptions> = {}): Promise<ServerUnderTest> {
  const dataDir = options.databaseUrl ? newFolder() : (options.dataDir ?? (await newDataFolder()));
  const clock = new VirtualClock();
  const cluster = createInProcessCluster({ clock });
  const database = options.database ?? (await openDatabase({ databaseUrl: options.databaseUrl, dataDir }));
  const api = await createServerApi({
    cluster,
    secret,
    clock,
    logLevel: 'silent',
    checkAnswers: true,
    ...options,
    dataDir,
    database,
  });
  return {
    api,
    queries: database.queries,
    clock,
    cluster,
    close: async () => {
      await api.close();
      await cluster.close();
      if (dataDir !== options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** An empty folder, deleted when the process ends. */
export function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-api-'));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new address for every test, so that limits do not add up. */
export function newAddress(): string {
  addresses += 1;
  return `198.51.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
}

let addresses = 0;

/**
 * A data folder with an empty, migrated database. Creating one takes seconds, so all tests copy a
 * prepared one.
 */
export async function newDataFolder(): Promise<string> {
  const folder = newFolder();
  cpSync(await template(), folder, { recursive: true });
  return folder;
}

/** Kept in node_modules/.cache as long as PGlite and the migrations do not change. */
async function template(): Promise<string> {
  const require = createRequire(import.meta.url);
  const packageFile = path.join(path.dirname(require.resolve('@electric-sql/pglite')), '../package.json');
  const migrations = path.join(import.meta.dirname, '../drizzle');
  const key = createHash('sha256').update(readFileSync(packageFile));
  for (const name of readdirSync(migrations)
    .filter((file) => file.endsWith('.sql'))
    .sort()) {
    key.update(readFileSync(path.join(migrations, name)));
  }
  const cache = path.join(import.meta.dirname, '../../../node_modules/.cache');
  const folder = path.join(cache, `waterbus-data-${key.digest('hex').slice(0, 16)}`);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const making = mkdtempSync(path.join(cache, 'waterbus-data-'));
    const database = await openDatabase({ dataDir: making });
    await database.close();
    try {
      renameSync(making, folder);
    } catch {
      // Another test file was faster.
      rmSync(making, { recursive: true, force: true });
    }
  }
  return folder;
}

/**
 * Milliseconds: opening databases takes seconds of processor time, on machines that may be busy.
 */
export const STARTING = 180_000;
