import { lockDataFolder } from '../src/database/data-folder.js';

/**
 * Locks the given data folder until it is killed; prints `locked <its process id>`, or the code of
 * the error and ends.
 */
const [dataDir = ''] = process.argv.slice(2);
try {
  lockDataFolder(dataDir);
  process.stdout.write(`locked ${process.pid}\n`);
  setInterval(() => {}, 1_000_000);
} catch (error) {
  process.stdout.write(`${(error as NodeJS.ErrnoException).code}\n`);
}
