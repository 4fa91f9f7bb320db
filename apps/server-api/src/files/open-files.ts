import type { ObjectStorage } from '../storage/object-storage.js';
import { openStorage, type StorageOptions } from '../storage/open-storage.js';

/** The objects of one file. `received`: a picture with its metadata, until these are removed. */
export const objectsOf = (fileId: string) => ({
  content: fileId,
  preview: `${fileId}.preview`,
  received: `${fileId}.received`,
});

/** The files of the chat, by the ids of their rows. */
export function openFiles(options: StorageOptions): ObjectStorage {
  return openStorage(options, { folder: 'files', isId: (id) => FILE_OBJECT.test(id) });
}

const FILE_OBJECT = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?:\.(?:preview|received))?$/;
