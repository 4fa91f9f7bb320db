import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
  it('makes the folder, lets one in at a time, and lets the next in afterwards', () => {
    const folder = path.join(dataDir, 'made', 'here');
    const unlock = lockDataFolder(folder);
    expect(() => lockDataFolder(folder)).toThrow(expect.objectContaining({ code: 'EDATADIR_IN_USE', path: folder }));
    unlock();
    unlock();
    lockDataFolder(folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps out of a folder that another running process holds, until that ends', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("runs")'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    writeFileSync(lockFile(), `${child.pid} - x\n`);
    expect(() => lockDataFolder(dataDir)).toThrow(expect.objectContaining({ code: 'EDATADIR_IN_USE' }));
    child.kill('SIGKILL');
    await once(child, 'close');
    lockDataFolder(dataDir)();
  });

  it.each([
    ['a process id that was given to another process', `${process.ppid} 1 x\n`],
    ['this process in an earlier incarnation', `${process.pid} 1 x\n`],
    ['nothing', ''],
    ['something else', 'x y z'],
  ])('takes over a lock that names %s', (_, text) => {
    writeFileSync(lockFile(), text);
    lockDataFolder(dataDir)();
    expect(existsSync(lockFile())).toBe(false);
  });

  it('says so when the folder cannot be one', () => {
    const file = path.join(dataDir, 'file');
    writeFileSync(file, '');
    for (const folder of [file, path.join(file, 'below')]) {
      expect(() => lockDataFolder(folder)).toThrow(
        expect.objectContaining({ code: 'EDATADIR_UNWRITABLE', path: folder }),
      );
    }
  });
});

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
      expect(readdirSync(folder)).toEqual(['postgres']);
      rmSync(folder, { recursive: true });
    },
    STARTING,
  );

  it(
    'R5: holds everything it promised after the process was killed',
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
    'begins anew after a first start that was killed half way',
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
    'says so when the files are not those of a database, and lets go of the folder',
    async () => {
      mkdirSync(path.join(dataDir, 'postgres'));
      writeFileSync(path.join(dataDir, 'postgres', 'PG_VERSION'), '1');
      const error = await openDatabase({ dataDir }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DataFolderError);
      expect(error).toMatchObject({ code: 'EDATADIR_BROKEN', path: dataDir });
      expect(existsSync(lockFile())).toBe(false);
    },
    STARTING,
  );
});
