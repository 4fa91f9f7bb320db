import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { FileSync } from './wal-sync.js';

/**
 * Segments of the write-ahead log have their full size from the start, so only their data needs a
 * sync.
 */
export const disk: FileSync = {
  sync: (file) =>
    new Promise((resolve, reject) => {
      const descriptor = openSync(file, 'r');
      fdatasync(descriptor, (error) => {
        closeSync(descriptor);
        if (error) reject(error);
        else resolve();
      });
    }),
  syncNow: (file) => withDescriptor(file, fdatasyncSync),
};

/** A folder and everything in it survive a power cut once this returns. */
export function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) syncTree(name);
    else if (entry.isFile()) withDescriptor(name, fsyncSync);
  }
  syncFolder(folder);
}

/** Syncs names that were added to a folder, renamed or removed. */
export function syncFolder(folder: string): void {
  withDescriptor(folder, fsyncSync);
}

function withDescriptor(name: string, work: (descriptor: number) => void): void {
  const descriptor = openSync(name, 'r');
  try {
    work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
