import { CodedError } from '@waterbus/protocol';
import { fileTypeFromBuffer } from 'file-type';
import { GIF } from 'image-size/types/gif';
import { JPG } from 'image-size/types/jpg';
import { PNG } from 'image-size/types/png';
import { WEBP } from 'image-size/types/webp';

/** Types that browsers draw without running code: no SVG. */
const readers = { 'image/png': PNG, 'image/jpeg': JPG, 'image/webp': WEBP, 'image/gif': GIF };
export type PictureType = keyof typeof readers;
export const pictureTypes = Object.keys(readers) as PictureType[];

/**
 * The type of a picture by its bytes. Rejects with `avatar.unsupported` for other data, or too many
 * pixels.
 */
export async function pictureTypeOf(bytes: Buffer): Promise<PictureType> {
  const found = (await fileTypeFromBuffer(bytes))?.mime;
  const type = pictureTypes.find((known) => known === found);
  if (!type) throw new CodedError('avatar.unsupported');
  const { width, height } = pictureSize(type, bytes);
  if (!(width >= 1 && width <= LONGEST_SIDE && height >= 1 && height <= LONGEST_SIDE)) {
    throw new CodedError('avatar.unsupported', `A picture has ${LONGEST_SIDE} pixels or fewer on each side`);
  }
  return type;
}

/** Pixels, turned by the orientation of a photograph. Throws `avatar.unsupported`. */
export function pictureSize(type: PictureType, bytes: Buffer): { width: number; height: number } {
  try {
    const { width, height, orientation = 1 } = readers[type].calculate(bytes);
    return orientation >= LYING ? { width: height, height: width } : { width, height };
  } catch {
    // Truncated, or only its first bytes are those of a picture.
    throw new CodedError('avatar.unsupported');
  }
}

/** Pixels: a small file can make every viewer's browser unpack gigabytes. */
const LONGEST_SIDE = 4096;

/** Orientations of Exif from this one on are turned by a quarter. */
const LYING = 5;
