import { PGlite, type QueryOptions, type Results, type Transaction } from '@electric-sql/pglite';
import { disk } from './disk.js';
import { DurableFiles } from './durable-files.js';
import { WalSync } from './wal-sync.js';

/**
 * PGlite that waits for the disk: the changes of a statement or transaction survive a power cut
 * once its promise resolves. The results of a read may not be durable yet: `durable` waits for
 * that, before they leave the process. PGlite turns PostgreSQL's fsync off; here it is on, and
 * commits wait for the disk together, outside its lock.
 */
export class EmbeddedPostgres extends PGlite {
  readonly #wal: WalSync;
  readonly #files: DurableFiles;
  #checkpointed = 0;

  /** Creates the folder when it does not exist. Uses the files of an existing one unchanged. */
  static async open(folder: string, options: EmbeddedOptions = {}): Promise<EmbeddedPostgres> {
    const wal = options.wal ?? new WalSync(disk);
    const files = options.files?.(folder, wal) ?? new DurableFiles(folder, wal);
    const postgres = new EmbeddedPostgres(wal, files, options.parameters ?? []);
    await postgres.waitReady;
    await postgres.#durable();
    return postgres;
  }

  private constructor(wal: WalSync, files: DurableFiles, parameters: readonly string[]) {
    super({ fs: files, startParams: [...DURABLE, ...parameters.flatMap((parameter) => ['-c', parameter])] });
    this.#wal = wal;
    this.#files = files;
  }

  override async query<T>(text: string, parameters?: unknown[], options?: QueryOptions): Promise<Results<T>> {
    this.#wal.check();
    const results = await super.query<T>(text, parameters, options);
    if (!READING.test(text)) await this.#durable();
    return results;
  }

  override async exec(text: string, options?: QueryOptions): Promise<Results[]> {
    this.#wal.check();
    const results = await super.exec(text, options);
    await this.#durable();
    return results;
  }

  override async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    this.#wal.check();
    const result = await super.transaction(work);
    await this.#durable();
    return result;
  }

  /** Resolves when everything that a query can have returned so far survives a power cut. */
  async durable(): Promise<void> {
    await this.#wal.durable();
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#wal.durable();
    // A third of a gigabyte, which a process that has lent the database would keep.
    this.mod = undefined;
  }

  /**
   * Every caller waits for all earlier commits. PostgreSQL in one process has no checkpointer, so
   * without this its log would grow until the disk is full.
   */
  async #durable(): Promise<void> {
    await this.#wal.durable();
    const written = this.#files.walBytes;
    if (written - this.#checkpointed < CHECKPOINT_AFTER) return;
    this.#checkpointed = written;
    // The next statement reports an error; the next checkpoint is due after as much log again.
    super.exec('checkpoint').catch(() => {});
  }
}

export interface EmbeddedOptions {
  /** `name=value` of postgresql.conf. */
  parameters?: readonly string[];
  wal?: WalSync;
  files?: (folder: string, wal: WalSync) => DurableFiles;
}

/**
 * Statements that change nothing. A request has several, and waits once for all of them before its
 * answer leaves.
 */
const READING = /^\s*select\b/i;

/**
 * PGlite's own, without -F (no fsync at all); fdatasync(2) does nothing in Emscripten, fsync(2)
 * reaches `DurableFiles`.
 */
const DURABLE = [...PGlite.defaultStartParams.filter((word) => word !== '-F'), '-c', 'wal_sync_method=fsync'];

/**
 * Bytes of log, two segments: a checkpoint blocks the process while it writes and syncs their
 * changes.
 */
const CHECKPOINT_AFTER = 32 * 1024 * 1024;
