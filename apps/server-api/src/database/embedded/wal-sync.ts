/** The way files reach the disk. */
export interface FileSync {
  /** Resolves when all data written to the file before this call survives a power cut. */
  sync(file: string): Promise<void>;
  /** The same synchronously, blocking the process. */
  syncNow(file: string): void;
}

/**
 * The disk did not accept a write. PostgreSQL's memory may differ from the disk: only a restart
 * helps.
 */
export class DiskFailure extends Error {
  /** SQLSTATE io_error. */
  readonly code = '58030';

  constructor(cause: unknown) {
    super('The disk of the embedded database failed; the server has to be restarted', { cause });
    this.name = 'DiskFailure';
  }
}

/**
 * Commits wait for the disk together. PostgreSQL syncs the write-ahead log inside each commit,
 * which would block the process for as long as the disk takes, once for each commit. Here its
 * request is only noted; the code that acknowledges a commit waits for `durable`, and one sync
 * serves all waiting commits. Two rules preserve the log's guarantees: nothing else is written
 * before the noted requests are done (`barrier`), and no result of a query leaves before them.
 */
export class WalSync {
  readonly #files: FileSync;
  /** Segments with a request that is not done, and the number of their last request. */
  readonly #pending = new Map<string, number>();
  #requested = 0;
  #done = 0;
  #round: Promise<void> | undefined;
  #failure: DiskFailure | undefined;

  constructor(files: FileSync) {
    this.#files = files;
  }

  /** PostgreSQL requests a sync of this segment. */
  request(segment: string): void {
    this.#requested += 1;
    this.#pending.set(segment, this.#requested);
  }

  /** Every request so far is done when this returns. */
  barrier(): void {
    if (this.#done === this.#requested) return;
    this.attempt(() => {
      for (const segment of this.#pending.keys()) this.#files.syncNow(segment);
    });
    this.#pending.clear();
    this.#done = this.#requested;
  }

  /**
   * Resolves when every request so far is done. Rejects with a `DiskFailure` after the first fault
   * of the disk.
   */
  async durable(): Promise<void> {
    const wanted = this.#requested;
    while (this.#done < wanted && !this.#failure) {
      this.#round ??= this.#sync().finally(() => {
        this.#round = undefined;
      });
      await this.#round;
    }
    this.check();
  }

  /** Throws when the disk has failed. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Runs work of the disk and keeps its fault. */
  attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#failure ??= new DiskFailure(error);
      throw error;
    }
  }

  async #sync(): Promise<void> {
    const covered = this.#requested;
    const segments = [...this.#pending.keys()];
    try {
      for (const segment of segments) await this.#files.sync(segment);
    } catch (error) {
      this.#failure ??= new DiskFailure(error);
      return;
    }
    for (const segment of segments) {
      if ((this.#pending.get(segment) ?? 0) <= covered) this.#pending.delete(segment);
    }
    this.#done = Math.max(this.#done, covered);
  }
}
