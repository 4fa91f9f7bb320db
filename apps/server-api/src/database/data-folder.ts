import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type DataFolderErrorCode = 'EDATADIR_IN_USE' | 'EDATADIR_UNWRITABLE' | 'EDATADIR_BROKEN';

/** The embedded database cannot be opened in its folder. */
export class DataFolderError extends Error {
  constructor(
    readonly code: DataFolderErrorCode,
    /** The data folder. */
    readonly path: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'DataFolderError';
  }
}

/**
 * Makes the data folder and keeps every other process out of it: two embedded databases on the same files would destroy
 * them. A lock left behind by a killed process is taken over. The answer gives the folder free again.
 */
export function lockDataFolder(dataDir: string): () => void {
  try {
    mkdirSync(dataDir, { recursive: true });
    const file = path.join(realpathSync(dataDir), 'postgres.lock');
    take(file, dataDir);
    held.add(file);
    return () => {
      if (held.delete(file)) unlinkSync(file);
    };
  } catch (error) {
    if (error instanceof DataFolderError || (error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    const reason = (error as Error).message;
    throw new DataFolderError(
      'EDATADIR_UNWRITABLE',
      dataDir,
      `The data folder ${dataDir} cannot be written: ${reason}`,
      {
        cause: error,
      },
    );
  }
}

function take(file: string, dataDir: string): void {
  const mine = `${process.pid} ${startOf(process.pid) ?? '-'} ${randomBytes(8).toString('hex')}\n`;
  for (let attempt = 0; attempt < TAKE_ATTEMPTS; attempt += 1) {
    try {
      writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (isHeld(file)) break;
      unlinkSync(file);
    }
  }
  throw new DataFolderError('EDATADIR_IN_USE', dataDir, `The data folder ${dataDir} is in use by another process`);
}

function isHeld(file: string): boolean {
  if (held.has(file)) return true;
  const [pid, start] = readFileSync(file, 'utf8').split(' ');
  const holder = Number(pid);
  // In containers every incarnation has the same process id: a lock of our own that we do not hold is a leftover.
  if (!Number.isInteger(holder) || holder <= 0 || holder === process.pid) return false;
  try {
    process.kill(holder, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const runningSince = startOf(holder);
  return runningSince === undefined || start === '-' || runningSince === start;
}

/** When a process started, in clock ticks since boot (proc(5), field 22): tells a reused process id from the holder. Linux only. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name may hold spaces and parentheses; what follows its last parenthesis is field 3.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Lock files of this process. */
const held = new Set<string>();

/** One to meet a leftover and one to take its place; another for a process that did the same at that moment. */
const TAKE_ATTEMPTS = 3;
