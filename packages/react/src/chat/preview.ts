/** A small picture of a picture; undefined: the browser draws no picture of the file, or it is small. */
export async function previewOf(file: Blob): Promise<Blob | undefined> {
  if (!/^image\/(?:png|jpeg|webp)$/.test(file.type)) return undefined;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < SMALL) return undefined;
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return await new Promise((resolve) => {
      canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/webp', QUALITY);
    });
  } catch {
    return undefined;
  }
}

/** Pixels: twice what the list shows, for dense screens. */
const LONGEST_SIDE = 560;
const QUALITY = 0.75;
/** Bytes that need no preview. */
const SMALL = 60_000;
