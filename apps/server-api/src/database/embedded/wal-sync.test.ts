import { describe, expect, it } from 'vitest';
import { DiskFailure, type FileSync, WalSync } from './wal-sync.js';

/** Syncs end when the test ends them. */
class HeldDisk implements FileSync {
  readonly log: string[] = [];
  readonly #running: { resolve: () => void; reject: (error: Error) => void }[] = [];

  sync(file: string): Promise<void> {
    this.log.push(`sync ${file}`);
    return new Promise((resolve, reject) => this.#running.push({ resolve, reject }));
  }

  syncNow(file: string): void {
    this.log.push(`now ${file}`);
  }

  async end(error?: Error): Promise<void> {
    const oldest = this.#running.shift();
    if (error) oldest?.reject(error);
    else oldest?.resolve();
    await settled();
  }
}

/** Resolves when everything that could continue has continued. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function commits(wal: WalSync, names: string[], done: string[]): void {
  for (const name of names) {
    wal.request('segment');
    void wal.durable().then(
      () => done.push(name),
      (error: unknown) => done.push(`${name}: ${(error as Error).name}`),
    );
  }
}

describe('WalSync', () => {
  it('has nothing to wait for without a request', async () => {
    const disk = new HeldDisk();
    const wal = new WalSync(disk);
    await wal.durable();
    wal.barrier();
    expect(disk.log).toEqual([]);
  });

  it('makes commits during a sync wait for the next one, all together', async () => {
    const disk = new HeldDisk();
    const wal = new WalSync(disk);
    const done: string[] = [];
    commits(wal, ['a'], done);
    await settled();
    commits(wal, ['b', 'c', 'd'], done);
    await settled();
    expect([disk.log.length, done]).toEqual([1, []]);
    await disk.end();
    expect([disk.log.length, done]).toEqual([2, ['a']]);
    await disk.end();
    expect([disk.log.length, done]).toEqual([2, ['a', 'b', 'c', 'd']]);
  });

  it('makes readers wait for the writes that they may have read', async () => {
    const disk = new HeldDisk();
    const wal = new WalSync(disk);
    const done: string[] = [];
    wal.request('segment');
    void wal.durable().then(() => done.push('reader'));
    await settled();
    expect(done).toEqual([]);
    await disk.end();
    expect(done).toEqual(['reader']);
  });

  it('syncs requests immediately, also during a sync, before any other write', async () => {
    const disk = new HeldDisk();
    const wal = new WalSync(disk);
    const done: string[] = [];
    commits(wal, ['a'], done);
    await settled();
    wal.barrier();
    wal.barrier();
    expect(disk.log).toEqual(['sync segment', 'now segment']);
    await disk.end();
    expect(done).toEqual(['a']);
  });

  it('syncs every segment that has a request', async () => {
    const disk = new HeldDisk();
    const wal = new WalSync(disk);
    wal.request('first');
    wal.request('second');
    const durable = wal.durable();
    await disk.end();
    await disk.end();
    await durable;
    expect(disk.log).toEqual(['sync first', 'sync second']);
  });

  it('fails permanently when the disk failed', async () => {
    const disk = new HeldDisk();
    const wal = new WalSync(disk);
    const done: string[] = [];
    commits(wal, ['a', 'b'], done);
    await settled();
    await disk.end(Object.assign(new Error('i/o error'), { code: 'EIO' }));
    expect(done).toEqual(['a: DiskFailure', 'b: DiskFailure']);
    commits(wal, ['c'], done);
    await settled();
    expect(done.at(-1)).toBe('c: DiskFailure');
    expect(() => wal.check()).toThrow(DiskFailure);
    expect(disk.log).toEqual(['sync segment']);
  });

  it('keeps a fault that occurred while PostgreSQL was writing', async () => {
    const disk = new HeldDisk();
    const wal = new WalSync({
      ...disk,
      sync: async () => {},
      syncNow: () => {
        throw new Error('i/o error');
      },
    });
    wal.request('segment');
    expect(() => wal.barrier()).toThrow('i/o error');
    await expect(wal.durable()).rejects.toBeInstanceOf(DiskFailure);
  });
});
