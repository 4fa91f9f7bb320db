import path from 'node:path';
import type { AvatarStorage } from './avatar-storage.js';
import { DiskStorage } from './disk-storage.js';
import { type S3Settings, S3Storage } from './s3-storage.js';

export interface AvatarOptions {
  dataDir: string;
  /** Default: the disk, in `dataDir`/avatars. */
  avatars?: S3Settings;
}

export function openAvatarStorage({ dataDir, avatars }: AvatarOptions): AvatarStorage {
  return avatars ? new S3Storage(avatars) : new DiskStorage(path.join(dataDir, 'avatars'));
}
