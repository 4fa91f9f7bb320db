import { DiskStorage } from './disk-storage.js';
import type { ObjectStorage, StoragePart } from './object-storage.js';
import { type S3Settings, S3Storage } from './s3-storage.js';

export interface StorageOptions {
  dataDir: string;
  /** Default: the disk, in folders of `dataDir`. */
  s3?: S3Settings;
}

export function openStorage({ dataDir, s3 }: StorageOptions, part: StoragePart): ObjectStorage {
  return s3 ? new S3Storage(s3, part) : new DiskStorage(dataDir, part);
}
