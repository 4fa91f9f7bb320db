import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptSecret } from './secret.js';

let folder: string;
let umask: number;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'waterbus-secret-'));
  umask = process.umask();
});
afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true, force: true });
});

const modeOf = (...names: string[]) => statSync(path.join(folder, ...names)).mode & 0o777;

describe('keptSecret', () => {
  it.each([0o000, 0o022, 0o077])('is made once, readable by its owner only, under umask %o', async (mask) => {
    process.umask(mask);
    const dataDir = path.join(folder, 'data');
    const secrets = await Promise.all([keptSecret(dataDir), keptSecret(dataDir), keptSecret(dataDir)]);
    expect(new Set([...secrets, await keptSecret(dataDir)]).size).toBe(1);
    expect(readdirSync(dataDir)).toEqual(['secret']);
    expect([modeOf('data'), modeOf('data', 'secret')]).toEqual([0o700, 0o600]);
  });

  it('withdraws the rights of others on an existing file', async () => {
    writeFileSync(path.join(folder, 'secret'), 'x'.repeat(40));
    chmodSync(path.join(folder, 'secret'), 0o644);
    expect(await keptSecret(folder)).toBe('x'.repeat(40));
    expect(modeOf('secret')).toBe(0o600);
  });

  it.each(['', '\n', 'short'])('rejects an incomplete secret: %j', async (text) => {
    writeFileSync(path.join(folder, 'secret'), text);
    await expect(keptSecret(folder)).rejects.toMatchObject({ code: 'ESECRET_BROKEN' });
    expect(readFileSync(path.join(folder, 'secret'), 'utf8')).toBe(text);
  });

  it('is not made in a folder that others can write to', async () => {
    const shared = path.join(folder, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    await expect(keptSecret(shared)).rejects.toMatchObject({ code: 'EDATADIR_SHARED', path: shared });
    expect(readdirSync(shared)).toEqual([]);
  });
});
