import { type Readable, Transform } from 'node:stream';

/**
 * Storage of pictures and files, by ids of one form. Rejects with `server.unavailable` when it is
 * unreachable.
 */
export interface ObjectStorage {
  /**
   * The object is stored completely or not at all, also after a crash. Rejects when a stream ends
   * before its size, goes beyond it, or fails.
   */
  put(id: string, content: Buffer | Content, contentType: string): Promise<void>;
  /** Undefined: there is none. */
  get(id: string): Promise<Buffer | undefined>;
  /** The same as a stream, which the caller reads or destroys. */
  read(id: string): Promise<Content | undefined>;
  /** Also when there is none. */
  delete(id: string): Promise<void>;
  /** Of all objects. */
  usage(): Promise<StorageUsage>;
}

/** Bytes that are not in memory. */
export interface Content {
  /** Bytes, of the whole stream. */
  size: number;
  stream: Readable;
}

export interface StorageUsage {
  count: number;
  bytes: number;
  /** False: there are more, which were not counted. */
  complete: boolean;
}

/** The part of a storage that one kind of objects uses. */
export interface StoragePart {
  /** The name of its folder. */
  folder: string;
  /** Whether an id belongs to this kind: any other one could name any file. */
  isId(id: string): boolean;
}

/** Forwards a stream of exactly this size, and fails for any other one. */
export function ofSize(size: number): Transform {
  let rest = size;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      rest -= chunk.length;
      if (rest < 0) done(new WrongSizeError());
      else done(null, chunk);
    },
    flush: (done) => done(rest === 0 ? null : new WrongSizeError()),
  });
}

export class WrongSizeError extends Error {
  constructor() {
    super('The stream does not have the size that was announced');
  }
}
