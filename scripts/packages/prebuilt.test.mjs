import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { root } from '../steps.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-prebuilt-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('the portable addon compiles, uses no C++ runtime of the system, and loads', () => {
  const compiled = run('packages/packet-io/prebuild.mjs', folder, process.arch);
  expect(compiled).toEqual({ status: 0, stdout: '', stderr: '' });
  const addon = path.join(folder, `linux-${process.arch}`, 'packet_io.napi.node');
  const loaded = run('-p', 'typeof require(process.argv[1]).openPacketSocket', addon);
  expect(loaded).toEqual({ status: 0, stdout: 'function\n', stderr: '' });
});

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return { status, stdout, stderr };
}
