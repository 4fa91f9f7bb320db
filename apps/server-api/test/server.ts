import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInProcessCluster, type InProcessCluster, VirtualClock } from '@waterbus/cluster';
import { openDatabase } from '../src/database/database.js';
import { createServerApi, type ServerApi, type ServerApiOptions } from '../src/index.js';

export const secret = 'a secret of the tests that is long enough';

export interface ServerUnderTest {
  api: ServerApi;
  clock: VirtualClock;
  cluster: InProcessCluster;
  close(): Promise<void>;
}

/** A Server API on PGlite (unless told otherwise) in a folder of its own, with a clock that tests advance. */
export async function startServer(options: Partial<ServerApiOptions> = {}): Promise<ServerUnderTest> {
  const dataDir = options.databaseUrl ? newFolder() : (options.dataDir ?? (await newDataFolder()));
  const clock = new VirtualClock();
  const cluster = createInProcessCluster({ clock });
  const api = await createServerApi({ cluster, secret, clock, logLevel: 'silent', ...options, dataDir });
  return {
    api,
    clock,
    cluster,
    close: async () => {
      await api.close();
      await cluster.close();
      if (dataDir !== options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function newFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'waterbus-api-'));
}

/** A data folder with an empty, migrated database: making one takes seconds, copying it does not. */
export async function newDataFolder(): Promise<string> {
  template ??= makeTemplate();
  const folder = newFolder();
  cpSync(await template, folder, { recursive: true });
  return folder;
}

async function makeTemplate(): Promise<string> {
  const dataDir = newFolder();
  const database = await openDatabase({ dataDir });
  await database.close();
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

let template: Promise<string> | undefined;
