import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const prebuilt = join('prebuilds', `linux-${process.arch}`, 'packet_io.napi.node');
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'packet-io-'));
  for (const name of ['build.mjs', 'words.mjs', 'binding.gyp', 'flags.gypi', 'native', 'src/words.ts']) {
    cpSync(join(root, name), join(directory, name), { recursive: true });
  }
});
afterEach(() => rmSync(directory, { recursive: true }));

test('without a compiler, one sentence names the packages to install', () => {
  const { status, stderr, stdout } = buildWithoutTools();
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(/needs python3, make, g\+\+: run `.+`/)]);
});

test('a prebuilt addon that loads needs no compiler, and nothing is built', () => {
  mkdirSync(join(directory, prebuilt, '..'), { recursive: true });
  cpSync(process.env.PACKET_IO_ADDON ?? join(root, 'build/Release/packet_io.node'), join(directory, prebuilt));
  const { status, stderr, stdout } = buildWithoutTools();
  expect([status, stderr, stdout]).toEqual([0, '', '']);
  expect(readdirSync(directory)).not.toContain('build');
});

test('a prebuilt addon that does not load counts as none', () => {
  mkdirSync(join(directory, prebuilt, '..'), { recursive: true });
  writeFileSync(join(directory, prebuilt), 'for another machine');
  const { status, stderr } = buildWithoutTools();
  expect(status).toBe(1);
  expect(stderr).toContain('needs python3, make, g++');
});

function buildWithoutTools() {
  // The sanitizer's library has to be loaded before an addon that was built with it.
  const { LD_PRELOAD, ASAN_OPTIONS } = process.env;
  return spawnSync(process.execPath, [join(directory, 'build.mjs')], {
    env: { PATH: directory, LD_PRELOAD, ASAN_OPTIONS },
    encoding: 'utf8',
  });
}
