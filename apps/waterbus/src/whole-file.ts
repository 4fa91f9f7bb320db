import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** The text of a file; undefined when it is absent. */
export async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Puts a text, readable by this user only, in the place of a file. After a crash the file has the
 * earlier text or the new one, and no other.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const unfinished = unfinishedName(file);
  try {
    await writeNew(unfinished, text);
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
  await synced(path.dirname(file));
}

export function unfinishedName(file: string): string {
  return `${file}.${randomBytes(8).toString('hex')}`;
}

/** Rejects when the file exists. Resolves when the disk has the text. */
export async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A new name survives a power failure only after a sync of its folder. */
export async function synced(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
