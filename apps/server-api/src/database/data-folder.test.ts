import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inArray } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newDataFolder, newFolder, STARTING } from '../../test/server.js';
import { DataFolderError, lockDataFolder } from './data-folder.js';
import { openDatabase } from './database.js';
import { meetings } from './schema.js';

let dataDir: string;
beforeEach(() => {
  dataDir = newFolder();
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const lockFile = () => path.join(dataDir, 'postgres.lock');

describe('lock of the data folder', () => {
  it('creates the folder, and has one holder at a time', () => {
    const folder = path.join(dataDir, 'made', 'here');
    const unlock = lockDataFolder(folder);
    expect(() => lockDataFolder(folder)).toThrow(expect.objectContaining({ code: 'EDATADIR_IN_USE', path: folder }));
    unlock();
    unlock();
    lockDataFolder(folder)();
    expect(readdirSync(folder)).toEqual(['postgres.lock']);
  });

  it('is not released by a second release after another holder took it', () => {
    const first = lockDataFolder(dataDir);
    first();
    const second = lockDataFolder(dataDir);
    first();
    expect(() => lockDataFolder(dataDir)).toThrow(expect.objectContaining({ code: 'EDATADIR_IN_USE' }));
    second();
  });

  it('excludes a process of another pid namespace, where both are pid 1, until that one is killed', async () => {
    const first = await containerOn(dataDir);
    expect(first.printed).toBe(`locked ${first.pid}\n`);
    const second = await containerOn(dataDir);
    expect(second.printed).toBe('EDATADIR_IN_USE\n');
    expect(() => lockDataFolder(dataDir)).toThrow(
      expect.objectContaining({ code: 'EDATADIR_IN_USE', message: expect.stringContaining(`process ${first.pid} on`) }),
    );
    await first.kill();
    lockDataFolder(dataDir)();
    expect((await containerOn(dataDir)).printed).toMatch(/^locked/);
  });

  it('excludes containers while this process holds the lock', async () => {
    const unlock = lockDataFolder(dataDir);
    expect((await containerOn(dataDir)).printed).toBe('EDATADIR_IN_USE\n');
    unlock();
    expect((await containerOn(dataDir)).printed).toMatch(/^locked/);
  });

  it.each([
    ['a process that runs', `process ${process.ppid} on here\n`],
    ['nothing', ''],
    ['something else', 'x y z'],
  ])('accepts an unlocked lock file that describes %s', (_, text) => {
    writeFileSync(lockFile(), text);
    const unlock = lockDataFolder(dataDir);
    expect(readFileSync(lockFile(), 'utf8')).toMatch(new RegExp(`^process ${process.pid} on \\S+ since \\S+\\n$`));
    unlock();
  });

  it('reports an invalid folder', () => {
    const file = path.join(dataDir, 'file');
    writeFileSync(file, '');
    for (const folder of [file, path.join(file, 'below')]) {
      expect(() => lockDataFolder(folder)).toThrow(
        expect.objectContaining({ code: 'EDATADIR_UNWRITABLE', path: folder }),
      );
    }
  });
});

interface Container {
  /** The first output of the process. */
  printed: string;
  /** The process id inside its namespace. */
  pid: number;
  kill(): Promise<void>;
}

const containers: Container[] = [];
afterEach(async () => {
  for (const container of containers.splice(0)) await container.kill();
});

/**
 * A process that locks the folder, in its own pid namespace: its process id is 1, as in a
 * container. If the system grants no namespaces, it is an ordinary process.
 */
async function containerOn(folder: string): Promise<Container> {
  const program = path.join(import.meta.dirname, '../../test/folder-holder.ts');
  const command = [process.execPath, '--conditions=source', '--import=tsx', program, folder];
  const [file = '', ...args] = NAMESPACE === undefined ? command : ['unshare', ...NAMESPACE, ...command];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  const container = {
    printed: text.toString(),
    pid: NAMESPACE === undefined ? (child.pid ?? 0) : 1,
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
  containers.push(container);
  return container;
}

const PID_NAMESPACE = ['--pid', '--fork', '--mount-proc', '--kill-child'];
/** For root, for a user that may create user namespaces, for others. */
const NAMESPACE = [PID_NAMESPACE, ['--user', '--map-root-user', ...PID_NAMESPACE]].find(
  (options) => spawnSync('unshare', [...options, 'true']).status === 0,
);

describe('embedded database', () => {
  it(
    'is used by one process at a time and is usable after a clean close',
    async () => {
      const folder = await newDataFolder();
      const database = await openDatabase({ dataDir: folder });
      await expect(openDatabase({ dataDir: folder })).rejects.toMatchObject({ code: 'EDATADIR_IN_USE' });
      await database.check();
      await database.close();
      await (await openDatabase({ dataDir: folder })).close();
      expect(readdirSync(folder)).toEqual(['postgres', 'postgres.lock']);
      rmSync(folder, { recursive: true });
    },
    STARTING,
  );

  it(
    'R5: keeps everything it acknowledged after the process was killed',
    async () => {
      const folder = await newDataFolder();
      const program = path.join(import.meta.dirname, '../../test/killed-server.ts');
      const child = spawn(process.execPath, ['--conditions=source', '--import=tsx', program, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let promised = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        promised += text;
        if (promised.length > 100 * 'abc-defg-hjk\n'.length) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const codes = promised.split('\n').slice(0, -1);
      expect(codes.length).toBeGreaterThanOrEqual(100);
      const database = await openDatabase({ dataDir: folder });
      const kept = await database.queries.select().from(meetings).where(inArray(meetings.code, codes));
      expect(kept.map(({ code }) => code).sort()).toEqual(codes.sort());
      await database.close();
      rmSync(folder, { recursive: true });
    },
    STARTING,
  );

  it(
    'starts again after a first start that was killed midway',
    async () => {
      mkdirSync(path.join(dataDir, 'postgres.unfinished'));
      writeFileSync(path.join(dataDir, 'postgres.unfinished', 'PG_VERSION'), '17');
      const database = await openDatabase({ dataDir });
      await database.check();
      await database.close();
    },
    STARTING,
  );

  it(
    'reports files that are not those of a database, and releases the folder',
    async () => {
      mkdirSync(path.join(dataDir, 'postgres'));
      writeFileSync(path.join(dataDir, 'postgres', 'PG_VERSION'), '1');
      const error = await openDatabase({ dataDir }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DataFolderError);
      expect(error).toMatchObject({ code: 'EDATADIR_BROKEN', path: dataDir });
      lockDataFolder(dataDir)();
    },
    STARTING,
  );
});
