import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makePrivateFolder } from '../database/private-folder.js';
import { type Content, type ObjectStorage, ofSize, type StoragePart, type StorageUsage } from './object-storage.js';

/** One file for one object. */
export class DiskStorage implements ObjectStorage {
  readonly #folder: string;
  readonly #part: StoragePart;

  /** The folder is created with the first object. */
  constructor(dataDir: string, part: StoragePart) {
    this.#folder = path.join(dataDir, part.folder);
    this.#part = part;
    if (existsSync(this.#folder)) makePrivateFolder(this.#folder);
  }

  async put(id: string, content: Buffer | Content): Promise<void> {
    const file = this.#file(id);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const unfinished = path.join(this.#folder, `${randomUUID()}.unfinished`);
    const bytes = Buffer.isBuffer(content) ? { size: content.length, stream: Readable.from([content]) } : content;
    try {
      const to = createWriteStream(unfinished, { flags: 'wx', mode: 0o600, flush: true });
      await pipeline(bytes.stream, ofSize(bytes.size), to);
      await rename(unfinished, file);
      await syncFolder(this.#folder);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async get(id: string): Promise<Buffer | undefined> {
    return absent(readFile(this.#file(id)));
  }

  async read(id: string): Promise<Content | undefined> {
    const handle = await absent(open(this.#file(id), 'r'));
    if (!handle) return undefined;
    try {
      const { size } = await handle.stat();
      return { size, stream: handle.createReadStream() };
    } catch (error) {
      await handle.close();
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
      if (!this.#part.isId(name)) continue;
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
    if (!this.#part.isId(id)) throw new Error(`This is no id of ${this.#part.folder}`);
    return path.join(this.#folder, id);
  }
}

async function absent<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
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

/** Objects, each of which costs a system call: a second or two. */
const MOST_COUNTED = 100_000;
