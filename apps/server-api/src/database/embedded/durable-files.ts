import { fsyncSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import type { WalSync } from './wal-sync.js';

/**
 * PGlite's files on the disk, with the parts that its own file system lacks: fsync works, the
 * write-ahead log is synced for many commits at once (`WalSync`), and every file is readable by its
 * owner only, whatever the umask.
 */
export class DurableFiles extends NodeFS {
  readonly #wal: WalSync;
  readonly #syncNow: (descriptor: number, file: string) => void;
  #walBytes = 0;

  constructor(
    folder: string,
    wal: WalSync,
    syncNow: (descriptor: number, file: string) => void = (descriptor) => fsyncSync(descriptor),
  ) {
    super(folder);
    this.#wal = wal;
    this.#syncNow = syncNow;
  }

  /** Bytes written to the write-ahead log so far. */
  get walBytes(): number {
    return this.#walBytes;
  }

  override async init(pg: PGlite, options: InitOptions): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(pg, options);
    const preRun = [...(emscriptenOpts.preRun ?? []), (module: unknown) => this.#complete((module as Module).NODEFS)];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }

  /** Each module has its own NODEFS; every file of it shares these operations. */
  #complete(nodefs: NodeFiles): void {
    const { stream_ops: streams, node_ops: nodes } = nodefs;
    const { write, msync, setattr: setStream } = streams;
    const { mknod, setattr: setNode, rename, unlink, rmdir } = nodes;
    const barrier = () => nodefs.tryFSOperation(() => this.#wal.barrier());

    streams.fsync = (stream) => {
      const file = nodefs.realPath(stream.node);
      if (isWalSegment(stream.node)) {
        this.#wal.request(file);
      } else {
        barrier();
        nodefs.tryFSOperation(() => this.#wal.attempt(() => this.#syncNow(stream.nfd, file)));
      }
      return 0;
    };
    streams.write = (stream, ...rest) => {
      if (!isWalSegment(stream.node)) {
        barrier();
        return write(stream, ...rest);
      }
      const written = write(stream, ...rest);
      this.#walBytes += written;
      return written;
    };
    streams.msync = (stream, ...rest) => {
      barrier();
      return msync(stream, ...rest);
    };
    streams.setattr = (stream, attributes) => {
      barrier();
      setStream(stream, privately(stream.node, attributes));
    };
    nodes.setattr = (node, attributes) => {
      barrier();
      setNode(node, privately(node, attributes));
    };
    nodes.mknod = (parent, name, mode, device) => mknod(parent, name, privateMode(mode), device);
    nodes.rename = (node, ...rest) => {
      barrier();
      rename(node, ...rest);
    };
    nodes.unlink = (...names) => {
      barrier();
      unlink(...names);
    };
    nodes.rmdir = (...names) => {
      barrier();
      rmdir(...names);
    };
  }
}

function isWalSegment(node: FileNode): boolean {
  return node.parent.name === 'pg_wal' && SEGMENT_NAME.test(node.name);
}

function privately(node: FileNode, attributes: Attributes): Attributes {
  return attributes.mode === undefined ? attributes : { ...attributes, mode: privateMode(node.mode) };
}

function privateMode(mode: number): number {
  const kind = mode & FILE_KIND;
  return kind | (kind === FOLDER ? 0o700 : 0o600);
}

type InitOptions = Parameters<NodeFS['init']>[1];

interface Module {
  NODEFS: NodeFiles;
}

interface FileNode {
  name: string;
  mode: number;
  parent: FileNode;
}

interface FileStream {
  node: FileNode;
  /** Node's descriptor. */
  nfd: number;
}

interface Attributes {
  mode?: number;
  size?: number;
}

/** The part of Emscripten's NODEFS that this file changes. Its types are not published. */
interface NodeFiles {
  realPath(node: FileNode): string;
  /** Converts errors of Node to those of Emscripten. */
  tryFSOperation<T>(work: () => T): T;
  stream_ops: {
    fsync?: (stream: FileStream) => number;
    write(stream: FileStream, ...rest: unknown[]): number;
    msync(stream: FileStream, ...rest: unknown[]): number;
    setattr(stream: FileStream, attributes: Attributes): void;
  };
  node_ops: {
    mknod(parent: FileNode, name: string, mode: number, device: number): FileNode;
    setattr(node: FileNode, attributes: Attributes): void;
    rename(node: FileNode, folder: FileNode, name: string): void;
    unlink(parent: FileNode, name: string): void;
    rmdir(parent: FileNode, name: string): void;
  };
}

/** Timeline, log and segment in hexadecimal, as PostgreSQL names them. */
const SEGMENT_NAME = /^[0-9A-F]{24}$/;

/** S_IFMT and S_IFDIR of inode(7). */
const FILE_KIND = 0o170000;
const FOLDER = 0o040000;
