import { WaterbusError } from '@waterbus/client';

/**
 * The middle of a picture as a small square: photos of phones are larger than the server's limit,
 * and contain their location. Rejects with `avatar.unsupported` when this browser cannot read it.
 */
export async function squarePicture(file: Blob): Promise<Blob> {
  const unsupported = () => new WaterbusError('avatar.unsupported', 'This browser cannot read the picture');
  const picture = await createImageBitmap(file).catch(() => {
    throw unsupported();
  });
  const { left, top, side } = middleSquare(picture.width, picture.height);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.min(side, SIDE);
  canvas.getContext('2d')?.drawImage(picture, left, top, side, side, 0, 0, canvas.width, canvas.height);
  picture.close();
  // Browsers that cannot write WebP write PNG.
  const small = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/webp', QUALITY));
  if (!small) throw unsupported();
  return small;
}

export function middleSquare(width: number, height: number): { left: number; top: number; side: number } {
  const side = Math.min(width, height);
  return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), side };
}

/**
 * Pixels: a tile's avatar on a dense screen. As PNG at most 256 KiB; the server's limit is 1 MiB.
 */
const SIDE = 256;

/** Of WebP: without a visible loss at this size. */
const QUALITY = 0.9;
