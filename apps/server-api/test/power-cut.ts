import { cpSync, fsyncSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { disk } from '../src/database/embedded/disk.js';
import { DurableFiles } from '../src/database/embedded/durable-files.js';
import { type EmbeddedOptions, EmbeddedPostgres } from '../src/database/embedded/embedded-postgres.js';
import { WalSync } from '../src/database/embedded/wal-sync.js';

/*
 * A disk that loses unsynced data. It records all operations of the embedded database on its files
 * in order; from the record it rebuilds the folder in a possible state after a power cut at any
 * moment:
 *
 * - writes to a file before the start of a sync that has ended are there;
 * - of each later write any of its 512-byte sectors may be there or not, in any order;
 * - names are journalled: they are as they were at one moment, not before the last sync of a
 *   folder, nor before a synced file was created.
 */
export class RecordedDisk {
  readonly #folder: string;
  readonly #base: string;
  readonly #record: Operation[] = [];
  readonly #first: ReadonlyMap<string, File>;

  /**
   * `folder` contains a closed database; a copy of it at `base` is the initial content of the disk.
   */
  constructor(folder: string, base: string) {
    this.#folder = folder;
    this.#base = base;
    cpSync(folder, base, { recursive: true });
    const found = readdirSync(base, { recursive: true, encoding: 'utf8' });
    this.#first = new Map(
      found.map((name) => [
        name,
        { id: name, base: name, made: -1, folder: statSync(path.join(base, name)).isDirectory() },
      ]),
    );
  }

  /** Operations so far. */
  get length(): number {
    return this.#record.length;
  }

  open(options: EmbeddedOptions = {}): Promise<EmbeddedPostgres> {
    const wal = new WalSync({
      sync: (file) => this.#synced(file, () => disk.sync(file)),
      syncNow: (file) => {
        const start = this.length;
        disk.syncNow(file);
        this.#record.push({ type: 'sync', file: this.#name(file), start });
      },
    });
    const record = this.#record;
    const name = (file: string) => this.#name(file);
    const files = new RecordedFiles(this.#folder, wal, record, name);
    return EmbeddedPostgres.open(this.#folder, { ...options, wal, files: () => files });
  }

  /**
   * A possible state of the folder after a power cut at this number of operations. `random`: from 0
   * to below 1.
   */
  rebuild(folder: string, cut: number, random: () => number, { syncs = true } = {}): void {
    rmSync(folder, { recursive: true, force: true });
    cpSync(this.#base, folder, { recursive: true });
    const record = this.#record.slice(0, cut);
    const syncedUpTo = new Map<object, number>();
    let namesFrom = 0;
    this.#walk(record, (names, operation, index) => {
      if (operation.type !== 'sync' || !syncs) return;
      const file = names.get(operation.file);
      if (!file || file.folder) namesFrom = Math.max(namesFrom, operation.start);
      else {
        namesFrom = Math.max(namesFrom, file.made + 1);
        syncedUpTo.set(file, Math.max(syncedUpTo.get(file) ?? 0, Math.min(operation.start, index)));
      }
    });
    const namesUpTo = namesFrom + Math.floor(random() * (record.length + 1 - namesFrom));
    const names = this.#walk(record.slice(0, namesUpTo));
    const contents = new Map<object, Buffer>();
    // Files keep their identity between walks by the operation that created them, or by their first
    // name.
    const identities = new Map([...names.values()].map((file) => [file.id, file]));
    const synced = new Map([...syncedUpTo].map(([file, index]) => [(file as File).id, index]));
    this.#walk(record, (now, operation, index) => {
      if (operation.type !== 'write' && operation.type !== 'truncate') return;
      const id = now.get(operation.file)?.id;
      const file = id === undefined ? undefined : identities.get(id);
      if (!file || id === undefined) return;
      const before = contents.get(file) ?? this.#baseOf(file);
      contents.set(file, applied(before, operation, index < (synced.get(id) ?? 0) ? () => true : () => random() < 0.5));
    });
    this.#writeOut(folder, names, contents);
  }

  #writeOut(folder: string, names: Map<string, File>, contents: Map<object, Buffer>): void {
    for (const [name, file] of this.#first) {
      if (names.get(name)?.id !== file.id) rmSync(path.join(folder, name), { recursive: true, force: true });
    }
    const made = [...names].sort(([a], [b]) => a.length - b.length);
    for (const [name, file] of made) {
      const target = path.join(folder, name);
      if (file.folder) mkdirSync(target, { recursive: true, mode: 0o700 });
      else if (contents.has(file) || this.#first.get(name)?.id !== file.id) {
        mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
        writeFileSync(target, contents.get(file) ?? this.#baseOf(file), { mode: 0o600 });
      }
    }
  }

  #baseOf(file: File): Buffer {
    return file.base === undefined ? Buffer.alloc(0) : readFileSync(path.join(this.#base, file.base));
  }

  /** The names after the operations; `see` is called with the names before each. */
  #walk(
    record: readonly Operation[],
    see?: (names: Map<string, File>, operation: Operation, index: number) => void,
  ): Map<string, File> {
    const names = new Map(this.#first);
    for (const [index, operation] of record.entries()) {
      see?.(names, operation, index);
      if (operation.type === 'make') {
        names.set(operation.file, { id: `made ${index}`, made: index, folder: operation.folder });
      } else if (operation.type === 'remove') {
        names.delete(operation.file);
      } else if (operation.type === 'rename') {
        const file = names.get(operation.file);
        names.delete(operation.file);
        if (file) names.set(operation.to, file);
      }
    }
    return names;
  }

  async #synced(file: string, work: () => Promise<void>): Promise<void> {
    const start = this.length;
    await work();
    this.#record.push({ type: 'sync', file: this.#name(file), start });
  }

  #name(file: string): string {
    return path.relative(this.#folder, file);
  }
}

type Operation =
  | { type: 'write'; file: string; position: number; bytes: Buffer }
  | { type: 'truncate'; file: string; size: number }
  | { type: 'make'; file: string; folder: boolean }
  | { type: 'rename'; file: string; to: string }
  | { type: 'remove'; file: string }
  /** It has ended; all writes before operation `start` are on the disk. */
  | { type: 'sync'; file: string; start: number };

interface File {
  id: string;
  /** Its name in the base. */
  base?: string;
  made: number;
  folder: boolean;
}

function applied(before: Buffer, operation: Operation, kept: () => boolean): Buffer {
  if (operation.type === 'truncate') {
    if (!kept()) return before;
    const after = Buffer.alloc(operation.size);
    before.copy(after);
    return after;
  }
  if (operation.type !== 'write') return before;
  let after = before;
  const { position, bytes } = operation;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + SECTOR - ((position + at) % SECTOR));
    if (kept()) {
      if (after.length < position + end) after = Buffer.concat([after, Buffer.alloc(position + end - after.length)]);
      bytes.copy(after, position + at, at, end);
    }
    at = end;
  }
  return after;
}

/** Records each operation once it has happened. */
class RecordedFiles extends DurableFiles {
  readonly #record: Operation[];
  readonly #name: (file: string) => string;

  constructor(folder: string, wal: WalSync, record: Operation[], name: (file: string) => string) {
    super(folder, wal, (descriptor, file) => {
      const start = record.length;
      fsyncSync(descriptor);
      record.push({ type: 'sync', file: name(file), start });
    });
    this.#record = record;
    this.#name = name;
  }

  override async init(...args: Parameters<DurableFiles['init']>): ReturnType<DurableFiles['init']> {
    const { emscriptenOpts } = await super.init(...args);
    const preRun = [...(emscriptenOpts.preRun ?? []), (module: unknown) => this.#listen((module as Module).NODEFS)];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }

  #listen(nodefs: Module['NODEFS']): void {
    const { stream_ops: streams, node_ops: nodes } = nodefs;
    const { write, setattr: setStream } = streams;
    const { mknod, setattr, rename, unlink, rmdir } = nodes;
    const record = this.#record;
    const nameOf = (node: Node) => this.#name(nodefs.realPath(node));
    const below = (parent: Node, name: string) => path.join(nameOf(parent), name);
    const sized = (node: Node, { size }: { size?: number }) => {
      if (size !== undefined) record.push({ type: 'truncate', file: nameOf(node), size });
    };
    streams.write = (stream, buffer, offset, length, position) => {
      const bytes = Buffer.from(buffer.buffer.slice(buffer.byteOffset + offset, buffer.byteOffset + offset + length));
      const written = write(stream, buffer, offset, length, position);
      record.push({ type: 'write', file: nameOf(stream.node), position, bytes: bytes.subarray(0, written) });
      return written;
    };
    streams.setattr = (stream, attributes) => {
      setStream(stream, attributes);
      sized(stream.node, attributes);
    };
    nodes.setattr = (node, attributes) => {
      setattr(node, attributes);
      sized(node, attributes);
    };
    nodes.mknod = (parent, name, mode, device) => {
      const node = mknod(parent, name, mode, device);
      record.push({ type: 'make', file: below(parent, name), folder: (mode & 0o170000) === 0o040000 });
      return node;
    };
    nodes.rename = (node, folder, name) => {
      const file = nameOf(node);
      rename(node, folder, name);
      record.push({ type: 'rename', file, to: below(folder, name) });
    };
    for (const [remove, method] of [
      [unlink, 'unlink'],
      [rmdir, 'rmdir'],
    ] as const) {
      nodes[method] = (parent, name) => {
        remove(parent, name);
        record.push({ type: 'remove', file: below(parent, name) });
      };
    }
  }
}

interface Node {
  name: string;
}

interface Module {
  NODEFS: {
    realPath(node: Node): string;
    stream_ops: {
      write(stream: { node: Node }, buffer: Int8Array, offset: number, length: number, position: number): number;
      setattr(stream: { node: Node }, attributes: { size?: number }): void;
    };
    node_ops: {
      mknod(parent: Node, name: string, mode: number, device: number): Node;
      setattr(node: Node, attributes: { size?: number }): void;
      rename(node: Node, folder: Node, name: string): void;
      unlink(parent: Node, name: string): void;
      rmdir(parent: Node, name: string): void;
    };
  };
}

/** Bytes that a disk writes atomically. */
const SECTOR = 512;
