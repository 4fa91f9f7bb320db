import { randomBytes } from 'node:crypto';
import type { PictureType } from './picture.js';

/** An unguessable id: its holder may see the picture. It contains the type of the picture. */
export function newAvatarId(type: PictureType): string {
  return `${randomBytes(ID_BYTES).toString('base64url')}.${extensions[type]}`;
}

/** The content type of the picture with this id; undefined: not an id of this server. */
export function typeOfAvatar(id: string): PictureType | undefined {
  const extension = /^[\w-]{32}\.([a-z]{3,4})$/.exec(id)?.[1];
  return (Object.keys(extensions) as PictureType[]).find((type) => extensions[type] === extension);
}

const extensions: Record<PictureType, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
};

/** 192 bits, 32 characters of base64url. */
const ID_BYTES = 24;
