import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { makePrivateFolder } from '../database/private-folder.js';
import { typeOfAvatar } from './avatar-id.js';
import type { AvatarStorage, StorageUsage } from './avatar-storage.js';

/** One file for one picture. */
export class DiskStorage implements AvatarStorage {
  readonly #folder: string;

  /** Created with the first picture. */
  constructor(folder: string) {
    this.#folder = folder;
    if (existsSync(folder)) makePrivateFolder(folder);
  }

  async put(id: string, bytes: Buffer): Promise<void> {
    const file = this.#file(id);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const unfinished = path.join(this.#folder, `${randomUUID()}.unfinished`);
    try {
      const handle = await open(unfinished, 'wx', 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(unfinished, file);
      await syncFolder(this.#folder);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async get(id: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#file(id));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async delete(id: string): Promise<void> {
    await rm(this.#file(id), { force: true });
  }

  async usage(): Promise<StorageUsage> {
    const usage = { count: 0, bytes: 0, complete: true };
    if (!existsSync(this.#folder)) return usage;
    for await (const { name } of await opendir(this.#folder)) {
      if (!typeOfAvatar(name)) continue;
      if (usage.count === MOST_COUNTED) return { ...usage, complete: false };
      // Undefined: deleted since.
      const file = await stat(this.#file(name)).catch(() => undefined);
      if (!file) continue;
      usage.count += 1;
      usage.bytes += file.size;
    }
    return usage;
  }

  /** Checks the form of the id, which otherwise could name any file. */
  #file(id: string): string {
    if (!typeOfAvatar(id)) throw new Error('This is no id of an avatar');
    return path.join(this.#folder, id);
  }
}

/** A new name survives a power cut once its folder is synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Pictures, each of which costs a system call: a second or two. */
const MOST_COUNTED = 100_000;
