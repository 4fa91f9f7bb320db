import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Other users of the machine can reach private files, and the permissions cannot be changed. */
export class SharedFolderError extends Error {
  readonly code = 'EDATADIR_SHARED';

  constructor(
    readonly path: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'SharedFolderError';
  }
}

/**
 * Creates a folder in which others can create nothing. Others may know its name and list its
 * entries (an administrator chose it), so its contents have to be private by themselves.
 */
export function makeSafeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  // The folder may be a symbolic link, whose own mode is open to everybody and has no meaning.
  const { mode } = statSync(folder);
  if ((mode & OTHERS_WRITE) === 0 && (mode & GROUP_WRITE) === 0) return;
  // A volume that is assigned to a group (as Kubernetes does by fsGroup) belongs to another user;
  // the group is this process.
  if ((mode & OTHERS_WRITE) === 0 && !isOwn(folder)) return;
  // A sticky folder is shared on purpose, like /tmp.
  if ((mode & STICKY) === 0) restrict(folder, mode & PERMISSIONS & ~(OTHERS_WRITE | GROUP_WRITE));
  if ((statSync(folder).mode & OTHERS_WRITE) !== 0) {
    throw new SharedFolderError(folder, `Other users of this machine can write in the data folder ${folder}`);
  }
}

/**
 * Creates a folder that only this user can read; an existing one gets the mode with its contents.
 */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  makePrivate(folder);
}

/** A file, or a folder with its contents. Symbolic links are not followed. */
export function makePrivate(file: string): void {
  const status = lstatSync(file);
  if (status.isSymbolicLink()) return;
  const wanted = status.isDirectory() ? PRIVATE_FOLDER : PRIVATE_FILE;
  if ((status.mode & FOR_OTHERS) !== 0) {
    restrict(file, wanted);
    if ((lstatSync(file).mode & FOR_OTHERS) !== 0) throw exposed(file);
  }
  if (!status.isDirectory()) return;
  for (const name of readdirSync(file)) makePrivate(path.join(file, name));
}

function restrict(file: string, mode: number): void {
  try {
    chmodSync(file, mode);
  } catch (error) {
    throw exposed(file, error);
  }
}

function exposed(file: string, cause?: unknown): SharedFolderError {
  const message = `Other users of this machine can reach ${file}, and its mode cannot be changed`;
  return new SharedFolderError(file, message, { cause });
}

function isOwn(file: string): boolean {
  return process.getuid?.() === statSync(file).uid;
}

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/** Bits of inode(7). */
const PERMISSIONS = 0o7777;
const FOR_OTHERS = 0o077;
const STICKY = 0o1000;
const GROUP_WRITE = 0o020;
const OTHERS_WRITE = 0o002;
