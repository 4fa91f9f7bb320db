import { Readable } from 'node:stream';
import { CodedError } from '@waterbus/protocol';
import { fileTypeFromBuffer } from 'file-type';
import { type PictureType, pictureTypes } from '../avatars/picture.js';
import type { FileRow } from '../database/schema.js';
import type { ObjectStorage } from '../storage/object-storage.js';
import { WrongSizeError } from '../storage/object-storage.js';
import { objectsOf } from './open-files.js';
import type { CleanedPicture, PictureCleaner } from './picture-cleaner.js';

/** What was stored of a file. */
export interface Received {
  /** Bytes. */
  size: number;
  picture: CleanedPicture | undefined;
}

/**
 * Stores the bytes of a file. Those of a picture, by its bytes and not by its name, are stored
 * without place, time and camera. Rejects with `file.incomplete` when they are not as many as
 * announced, with `file.damaged`, `file.too_large` for a picture that is too large to be cleaned, or
 * `file.storage_full`.
 */
export async function receive(
  storage: ObjectStorage,
  cleaner: PictureCleaner,
  { id, size }: Pick<FileRow, 'id' | 'size'>,
  body: Readable,
): Promise<Received> {
  const broken = new Promise<never>((_resolve, reject) => {
    const incomplete = () => reject(new CodedError('file.incomplete'));
    body.once('error', incomplete).once('aborted', incomplete);
  });
  broken.catch(() => {});
  try {
    return await Promise.race([store(storage, cleaner, { id, size }, body), broken]);
  } catch (error) {
    if (error instanceof WrongSizeError || body.errored) throw new CodedError('file.incomplete');
    if (NO_SPACE.has((error as NodeJS.ErrnoException).code ?? '')) throw new CodedError('file.storage_full');
    throw error;
  }
}

async function store(
  storage: ObjectStorage,
  cleaner: PictureCleaner,
  { id, size }: Pick<FileRow, 'id' | 'size'>,
  body: Readable,
): Promise<Received> {
  const { beginning, stream } = await withBeginning(body);
  const type = await pictureTypeOf(beginning);
  const { content, received } = objectsOf(id);
  if (!type) {
    await storage.put(content, { size, stream }, 'application/octet-stream');
    return { size, picture: undefined };
  }
  cleaner.checkSize(size);
  await storage.put(received, { size, stream }, 'application/octet-stream');
  try {
    const picture = await cleaner.clean(received, content, type);
    return { size: picture.size, picture };
  } finally {
    await storage.delete(received);
  }
}

async function pictureTypeOf(beginning: Buffer): Promise<PictureType | undefined> {
  const found = (await fileTypeFromBuffer(beginning).catch(() => undefined))?.mime;
  // An animated PNG is a PNG with further chunks.
  return pictureTypes.find((type) => type === (found === 'image/apng' ? 'image/png' : found));
}

/** The first bytes, and a stream that contains them too. */
async function withBeginning(body: Readable): Promise<{ beginning: Buffer; stream: Readable }> {
  const chunks: Buffer[] = [];
  let length = 0;
  const iterator: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  while (length < BEGINNING) {
    const { done, value } = await iterator.next();
    if (done) break;
    chunks.push(Buffer.from(value));
    length += value.length;
  }
  const beginning = Buffer.concat(chunks);
  async function* all(): AsyncGenerator<Buffer> {
    yield beginning;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  return { beginning, stream: Readable.from(all(), { objectMode: false }) };
}

/** Bytes in which a picture is recognised, as `file-type` recommends. */
const BEGINNING = 4100;

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT']);
