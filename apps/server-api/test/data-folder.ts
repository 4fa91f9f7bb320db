import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * A data folder with an empty, migrated database, deleted when the process ends. Creating one takes
 * seconds, so all tests copy a prepared one.
 */
export async function newDataFolder(): Promise<string> {
  const folder = newFolder();
  cpSync(await template(), folder, { recursive: true });
  return folder;
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

/** Kept in node_modules/.cache as long as PGlite, the migrations and their times do not change. */
async function template(): Promise<string> {
  const require = createRequire(import.meta.url);
  const packageFile = path.join(path.dirname(require.resolve('@electric-sql/pglite')), '../package.json');
  const migrations = path.join(import.meta.dirname, '../drizzle');
  const key = createHash('sha256').update(readFileSync(packageFile));
  // A database knows its migrations by the times of the journal.
  key.update(readFileSync(path.join(migrations, 'meta/_journal.json')));
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
    // Seldom needed, and large.
    const { openDatabase } = await import('../src/database/database.js');
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
