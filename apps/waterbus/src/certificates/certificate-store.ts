import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { makePrivate, makeSafeFolder } from '@waterbus/server-api';
import { replaceFile, textOf } from '../whole-file.js';
import { type Pair, pairOf } from './pair.js';

/**
 * Certificates and account keys in `DATA_DIR/acme`, for this user only. A certificate and its key
 * are one file, so that they change together.
 */
export class CertificateStore {
  readonly #dataDir: string;
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#folder = path.join(dataDir, 'acme');
  }

  /** Makes the folder. */
  prepare(): void {
    makeSafeFolder(this.#dataDir);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    makePrivate(this.#folder);
  }

  /** Undefined when there is none. Throws a `PairError` when the file is not whole. */
  async load(host: string): Promise<Pair | undefined> {
    const text = await textOf(this.#file(host, 'pem'));
    return text === undefined ? undefined : pairOf(text, text);
  }

  async save(host: string, { key, cert }: Pair): Promise<void> {
    await replaceFile(this.#file(host, 'pem'), `${key.trimEnd()}\n${cert}`);
  }

  /** The key of the account at this directory; a new one is stored before its first use. */
  async accountKey(directory: string, make: () => Promise<string>): Promise<string> {
    const { host, pathname } = new URL(directory);
    const file = this.#file(`account ${host}${pathname}`, 'key');
    const kept = await textOf(file);
    if (kept) return kept;
    const made = await make();
    await replaceFile(file, made);
    return made;
  }

  #file(name: string, ending: string): string {
    return path.join(this.#folder, `${name.toLowerCase().replace(/[^a-z0-9.-]+/g, '_')}.${ending}`);
  }
}
