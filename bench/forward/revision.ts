import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { createMediaHost } from '@waterbus/media-host';
import { checkOut } from '../revision.js';

/** The media host of another revision, to run beside this one. */
export interface Revision {
  createMediaHost: typeof createMediaHost;
  remove(): void;
}

/** Checks a revision out, compiles its addon, and loads its media host. */
export async function mediaHostOf(revision: string): Promise<Revision> {
  const { tree, node, remove } = checkOut(revision);
  try {
    node('packages/packet-io/build.mjs');
    const entry = pathToFileURL(path.join(tree, 'packages/media-host/src/index.ts')).href;
    return { createMediaHost: (await import(entry)).createMediaHost, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
