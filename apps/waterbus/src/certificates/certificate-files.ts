import { readFile } from 'node:fs/promises';
import type { Clock } from '@waterbus/cluster';
import type { Log } from './log.js';
import { type Pair, pairOf } from './pair.js';

export interface FilesOfPair {
  certFile: string;
  keyFile: string;
}

/** Rejects with the error of the file system, or a `PairError`. */
export async function readPair({ certFile, keyFile }: FilesOfPair): Promise<Pair> {
  return pairOf(await readFile(certFile, 'utf8'), await readFile(keyFile, 'utf8'));
}

/**
 * Reads both files again and again. Reading them covers every way to replace a file: in place, by a
 * rename, and by a symbolic link of a folder above, of which notifications of the kernel inform
 * only in part. A pair counts once two readings agree, since a certificate that is cut off after
 * its first part is valid too. Returns the end of it.
 */
export function followFiles(
  files: FilesOfPair,
  current: Pair,
  { use, clock, logger }: { use: (pair: Pair) => void; clock: Clock; logger: Log },
): () => void {
  let settled = contentOf(current);
  let seen = settled;
  let closed = false;
  let cancel = clock.after(READ_EVERY, look);
  return () => {
    closed = true;
    cancel();
  };

  function look(): void {
    void compare().finally(() => {
      if (!closed) cancel = clock.after(READ_EVERY, look);
    });
  }

  async function compare(): Promise<void> {
    let pair: Pair | undefined;
    let failure: string | undefined;
    try {
      pair = await readPair(files);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    if (closed) return;
    const content = pair ? contentOf(pair) : `failure ${failure}`;
    const twice = content === seen;
    seen = content;
    if (!twice || content === settled) return;
    settled = content;
    if (!pair) {
      logger.warn({ ...files, reason: failure }, 'the new certificate files cannot be used, the earlier pair stays');
      return;
    }
    use(pair);
    const expires = new Date(pair.notAfter).toISOString();
    logger.info({ ...files, names: pair.names, expires }, 'certificate files read again');
  }
}

function contentOf({ cert, key }: Pair): string {
  return `${cert}\n${key}`;
}

/** Milliseconds. Two readings: a new certificate is in use after 20 s at most. */
const READ_EVERY = 10_000;
