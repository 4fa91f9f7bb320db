import { CodedError } from '@waterbus/protocol';
import { withoutMetadata } from '../avatars/metadata.js';
import { type PictureType, pictureSize } from '../avatars/picture.js';
import type { ObjectStorage } from '../storage/object-storage.js';

export interface CleanedPicture {
  type: PictureType;
  /** Bytes. */
  size: number;
  /** Pixels, turned as the picture is shown; undefined: too many to be drawn. */
  shown: { width: number; height: number } | undefined;
}

/**
 * Removes metadata from stored pictures. Each picture is in memory meanwhile, so they are cleaned one
 * after the other, however many arrive.
 */
export class PictureCleaner {
  readonly #storage: ObjectStorage;
  #last: Promise<unknown> = Promise.resolve();

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  /** Throws `file.too_large`. */
  checkSize(size: number): void {
    if (size > LARGEST_PICTURE) {
      throw new CodedError('file.too_large', `A picture has ${LARGEST_PICTURE} bytes or fewer`);
    }
  }

  /** From one object into another. Rejects with `file.damaged`. */
  clean(from: string, to: string, type: PictureType): Promise<CleanedPicture> {
    const turn = this.#last.then(() => this.#clean(from, to, type));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #clean(from: string, to: string, type: PictureType): Promise<CleanedPicture> {
    const bytes = await this.#storage.get(from);
    if (!bytes) throw new CodedError('file.not_found');
    const clean = cleaned(type, bytes);
    await this.#storage.put(to, clean, type);
    return { type, size: clean.length, shown: drawable(type, clean) };
  }
}

function cleaned(type: PictureType, bytes: Buffer): Buffer {
  try {
    return withoutMetadata(type, bytes);
  } catch {
    throw new CodedError('file.damaged');
  }
}

function drawable(type: PictureType, bytes: Buffer): CleanedPicture['shown'] {
  try {
    const { width, height } = pictureSize(type, bytes);
    const drawn = width >= 1 && height >= 1 && width <= LONGEST_SIDE && height <= LONGEST_SIDE;
    return drawn && width * height <= MOST_PIXELS ? { width, height } : undefined;
  } catch {
    throw new CodedError('file.damaged');
  }
}

/** Bytes: photographs of today's cameras. */
const LARGEST_PICTURE = 32 * 1024 * 1024;

/** Pixels: a small file can make every viewer's browser unpack gigabytes. */
const LONGEST_SIDE = 16_384;
const MOST_PIXELS = 64_000_000;
