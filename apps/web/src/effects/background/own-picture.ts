/**
 * The user's own background. It stays in this browser: the page uploads it nowhere, and the others
 * receive it only within the user's picture.
 */

/** `large`: the file has more bytes than `OWN_PICTURE_BYTES`. `unreadable`: it is no picture. */
export type OwnPictureProblem = 'large' | 'unreadable';

/** Keeps a picture in the size in which it is shown. */
export async function keepOwnPicture(file: Blob): Promise<OwnPictureProblem | undefined> {
  if (file.size > OWN_PICTURE_BYTES) return 'large';
  const picture = await createImageBitmap(file).catch(() => undefined);
  if (!picture) return 'unreadable';
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const kept = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
  if (!kept) return 'unreadable';
  ownPicture = kept;
  // Private windows may refuse: then it lasts as long as the page.
  await store()
    .then((cache) => cache?.put(ADDRESS, new Response(kept)))
    .catch(() => {});
  return undefined;
}

/** Undefined: there is none. */
export async function ownPictureBlob(): Promise<Blob | undefined> {
  ownPicture ??= await store()
    .then(async (cache) => (await cache?.match(ADDRESS))?.blob())
    .catch(() => undefined);
  return ownPicture;
}

export async function forgetOwnPicture(): Promise<void> {
  ownPicture = undefined;
  await store()
    .then((cache) => cache?.delete(ADDRESS))
    .catch(() => {});
}

export async function readOwnPicture(): Promise<ImageBitmap | undefined> {
  const blob = await ownPictureBlob();
  return blob && createImageBitmap(blob).catch(() => undefined);
}

async function store(): Promise<Cache | undefined> {
  return globalThis.caches?.open('waterbus.pictures');
}

let ownPicture: Blob | undefined;

/** A photograph of a phone is smaller. */
export const OWN_PICTURE_BYTES = 20_000_000;

/** Pixels of the longer side. */
const LONGEST = 1280;

/** Never requested: the key of the picture in the browser's store. */
const ADDRESS = '/own-background';
