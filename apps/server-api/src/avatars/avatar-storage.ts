/**
 * Storage of pictures, by ids of `newAvatarId`. Rejects with `server.unavailable` when it is
 * unreachable.
 */
export interface AvatarStorage {
  /** The picture is stored completely or not at all, also after a crash. */
  put(id: string, bytes: Buffer, contentType: string): Promise<void>;
  /** Undefined: there is none. */
  get(id: string): Promise<Buffer | undefined>;
  /** Also when there is none. */
  delete(id: string): Promise<void>;
  /** Of all pictures. */
  usage(): Promise<StorageUsage>;
}

export interface StorageUsage {
  count: number;
  bytes: number;
  /** False: there are more, which were not counted. */
  complete: boolean;
}
