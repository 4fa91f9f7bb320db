import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Opens the file and takes a kernel lock on it. Undefined: another process holds the lock, in any
 * container. The kernel releases the lock with the descriptor, also when the process is killed.
 * Throws where locks are not supported.
 */
export function openLocked(file: string): number | undefined {
  for (let attempt = 0; attempt < OPEN_ATTEMPTS; attempt += 1) {
    const descriptor = openSync(file, 'a+', 0o600);
    try {
      if (!locks().tryLock(descriptor)) {
        closeSync(descriptor);
        return undefined;
      }
      if (isAt(file, descriptor)) return descriptor;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    closeSync(descriptor);
  }
  return undefined;
}

/** False when the file was replaced between opening and locking: the lock would protect nothing. */
function isAt(file: string, descriptor: number): boolean {
  const named = statSync(file, { throwIfNoEntry: false });
  const opened = fstatSync(descriptor);
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
}

/**
 * Loaded by the first lock only: a server on PostgreSQL also runs on systems without a binary of
 * the addon.
 */
function locks(): Locks {
  loaded ??= createRequire(import.meta.url)('fs-native-extensions') as Locks;
  return loaded;
}

let loaded: Locks | undefined;

/** The part of fs-native-extensions in use; the package has no types. */
interface Locks {
  /**
   * An exclusive lock on the whole file (fcntl(2), F_OFD_SETLK). False: another open file
   * description holds one.
   */
  tryLock(descriptor: number): boolean;
}

/** The first, and one more for a file that was deleted in between. */
const OPEN_ATTEMPTS = 2;
