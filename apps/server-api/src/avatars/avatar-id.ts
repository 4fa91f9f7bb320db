import { randomBytes } from 'node:crypto';
import type { PictureType } from './picture.js';

/** An id that cannot be guessed: whoever has it may see the picture. It says of which type the picture is. */
export function newAvatarId(type: PictureType): string {
  return `${randomBytes(ID_BYTES).toString('base64url')}.${extensions[type]}`;
}

/** The content type of the picture with this id; undefined: no id of ours. */
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
