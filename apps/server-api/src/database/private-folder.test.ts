import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newFolder, STARTING } from '../../test/server.js';
import { newAvatarId } from '../avatars/avatar-id.js';
import { openAvatars } from '../avatars/open-avatars.js';
import { lockDataFolder } from './data-folder.js';
import { openDatabase } from './database.js';
import { makePrivate, makeSafeFolder } from './private-folder.js';

let folder: string;
let umask: number;
beforeEach(() => {
  folder = newFolder();
  umask = process.umask();
});
afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true, force: true });
});

const modeOf = (file: string) => statSync(file).mode & 0o7777;

/** Everything below a folder that users other than its owner could open, with its mode. */
function exposed(below: string): string[] {
  const names = readdirSync(below, { recursive: true, encoding: 'utf8' });
  expect(names.length).toBeGreaterThan(0);
  return names
    .map((name) => ({ name, mode: modeOf(path.join(below, name)) }))
    .filter(({ mode }) => (mode & 0o077) !== 0)
    .map(({ name, mode }) => `${name} ${mode.toString(8)}`);
}

describe('files of the data folder', () => {
  it.each([0o000, 0o022])(
    'are for their owner only under umask %o: new, written later, and of an earlier version',
    async (mask) => {
      process.umask(mask);
      const dataDir = path.join(folder, 'data');
      const id = newAvatarId('image/png');
      await openAvatars({ dataDir }).put(id, Buffer.from('x'), 'image/png');
      const database = await openDatabase({ dataDir });
      await database.queries.execute('create table later (id integer)');
      await database.queries.execute('checkpoint');
      expect(exposed(folder)).toEqual([]);
      await database.close();
      expect(exposed(folder)).toEqual([]);

      for (const name of readdirSync(dataDir, { recursive: true, encoding: 'utf8' })) {
        const file = path.join(dataDir, name);
        chmodSync(file, statSync(file).isDirectory() ? 0o777 : 0o666);
      }
      openAvatars({ dataDir });
      await (await openDatabase({ dataDir })).close();
      expect(exposed(folder)).toEqual([]);
    },
    STARTING,
  );

  it('are not created in a folder that is shared on purpose', () => {
    chmodSync(folder, 0o1777);
    expect(() => lockDataFolder(folder)).toThrow(expect.objectContaining({ code: 'EDATADIR_SHARED', path: folder }));
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('makeSafeFolder', () => {
  it.each([
    [0o777, 0o755],
    [0o775, 0o755],
    [0o755, 0o755],
    [0o700, 0o700],
  ])('removes the write permission of others: %o becomes %o', (before, after) => {
    chmodSync(folder, before);
    makeSafeFolder(folder);
    expect(modeOf(folder)).toBe(after);
  });
});

describe('makePrivate', () => {
  it('are created in a folder behind a symbolic link, as of systemd, whose mode stays', () => {
    const target = path.join(folder, 'private');
    mkdirSync(target, { mode: 0o700 });
    const link = path.join(folder, 'link');
    symlinkSync('private', link);
    makeSafeFolder(link);
    expect(modeOf(target)).toBe(0o700);
    chmodSync(target, 0o777);
    makeSafeFolder(link);
    expect(modeOf(target)).toBe(0o755);
  });

  it('does not follow symbolic links out of the folder', () => {
    const outside = path.join(folder, 'outside');
    const inside = path.join(folder, 'inside');
    writeFileSync(outside, '');
    chmodSync(outside, 0o644);
    mkdirSync(inside);
    symlinkSync(outside, path.join(inside, 'link'));
    makePrivate(inside);
    expect([modeOf(inside), modeOf(outside)]).toEqual([0o700, 0o644]);
  });
});
