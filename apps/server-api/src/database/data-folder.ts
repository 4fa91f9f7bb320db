import { closeSync, ftruncateSync, readFileSync, realpathSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { openLocked } from './file-lock.js';
import { makePrivate, makeSafeFolder, SharedFolderError } from './private-folder.js';

export type DataFolderErrorCode = 'EDATADIR_IN_USE' | 'EDATADIR_UNWRITABLE' | 'EDATADIR_NO_LOCK' | 'EDATADIR_BROKEN';

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
 * Creates the data folder and locks it against every other process, in other containers too: two
 * embedded databases on the same files would destroy them. Returns the function that releases the
 * lock; the kernel releases it when the process ends.
 */
export function lockDataFolder(dataDir: string): () => void {
  let descriptor: number | undefined;
  const file = lockFileIn(dataDir);
  try {
    descriptor = openLocked(file);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw error;
    if (FOLDER_FAULTS.has(code)) throw unwritable(dataDir, error);
    const message = `The data folder ${dataDir} cannot be locked: ${(error as Error).message}`;
    throw new DataFolderError('EDATADIR_NO_LOCK', dataDir, message, { cause: error });
  }
  if (descriptor === undefined) throw new DataFolderError('EDATADIR_IN_USE', dataDir, inUse(dataDir, file));
  const unlock = release(descriptor);
  try {
    makePrivate(file);
  } catch (error) {
    unlock();
    throw error;
  }
  describeHolder(descriptor);
  return unlock;
}

function lockFileIn(dataDir: string): string {
  try {
    makeSafeFolder(dataDir);
    return path.join(realpathSync(dataDir), 'postgres.lock');
  } catch (error) {
    if (error instanceof SharedFolderError || (error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    throw unwritable(dataDir, error);
  }
}

function unwritable(dataDir: string, cause: unknown): DataFolderError {
  const message = `The data folder ${dataDir} cannot be written: ${(cause as Error).message}`;
  return new DataFolderError('EDATADIR_UNWRITABLE', dataDir, message, { cause });
}

/**
 * The file stays when the lock is released: after a deletion two processes could lock two files of
 * one name.
 */
function release(descriptor: number): () => void {
  let held = true;
  return () => {
    if (held) closeSync(descriptor);
    held = false;
  };
}

/** For the administrator who finds the lock; the server never reads it as a lock. */
function describeHolder(descriptor: number): void {
  try {
    ftruncateSync(descriptor);
    writeSync(descriptor, `process ${process.pid} on ${hostname()} since ${new Date().toISOString()}\n`);
  } catch {
    // On a full disk the lock holds without a description.
  }
}

function inUse(dataDir: string, file: string): string {
  const holder = readFileSync(file, 'utf8').trim().slice(0, LONGEST_HOLDER);
  return `The data folder ${dataDir} is in use by another process${holder && `: ${holder}`}`;
}

/** Errors of opening the file; all others come from locking it. */
const FOLDER_FAULTS = new Set(['EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ENOTDIR', 'ENOENT', 'ELOOP', 'EDQUOT']);

/** Characters. A host name has 64 at most. */
const LONGEST_HOLDER = 160;
