import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'packet-io-'));
afterEach(() => rmSync(directory, { recursive: true }));

test('without a compiler, one sentence names the packages to install', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const name of ['build.mjs', 'words.mjs', 'binding.gyp', 'flags.gypi', 'native']) {
    cpSync(join(root, name), join(directory, name), { recursive: true });
  }
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(directory, 'build.mjs')], {
    env: { PATH: directory },
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(/needs python3, make, g\+\+: run `.+`/)]);
});
