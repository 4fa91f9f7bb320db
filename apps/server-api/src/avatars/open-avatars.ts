import type { ObjectStorage } from '../storage/object-storage.js';
import { openStorage, type StorageOptions } from '../storage/open-storage.js';
import { typeOfAvatar } from './avatar-id.js';

/** The pictures of accounts, by ids of `newAvatarId`. */
export function openAvatars(options: StorageOptions): ObjectStorage {
  return openStorage(options, { folder: 'avatars', isId: (id) => typeOfAvatar(id) !== undefined });
}
