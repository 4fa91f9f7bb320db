import { rmSync } from 'node:fs';
import { createInProcessCluster, type InProcessCluster } from '@waterbus/cluster';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { openDatabase, type Queries } from '../src/database/database.js';
import { createServerApi, type ServerApi, type ServerApiOptions } from '../src/index.js';
import { newDataFolder, newFolder } from './data-folder.js';

export { newDataFolder, newFolder };

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

/** A new address for every test, so that limits do not add up. */
export function newAddress(): string {
  addresses += 1;
  return `198.51.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
}

let addresses = 0;

/**
 * Milliseconds: opening databases takes seconds of processor time, on machines that may be busy.
 */
export const STARTING = 180_000;
