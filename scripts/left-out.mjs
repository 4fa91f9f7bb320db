// The test files that `npm run check` leaves to `npm test`, because of the programs that they
// start.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './steps.mjs';

/**
 * Returns the files with the reason. A changed test is not left out, nor is a test of one server in
 * the folder of a changed file.
 */
export function leftOut(changed) {
  const folders = new Set(changed.map((file) => path.dirname(file)));
  return testFiles().flatMap((file) => {
    const why = heavy(file);
    if (!why || changed.includes(file)) return [];
    return why === ONE_SERVER && folders.has(path.dirname(file)) ? [] : [{ file, why }];
  });
}

function heavy(file) {
  if (LONG.some((folder) => file.startsWith(folder))) return 'minutes of work';
  const text = readFileSync(path.join(root, file), 'utf8');
  return HEAVY.find(([imported]) => imported.test(text))?.[1];
}

function testFiles() {
  const { stdout } = spawnSync('git', ['ls-files', '*.test.ts', '*.test.tsx'], { cwd: root, encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean);
}

const ONE_SERVER = 'a server and its database';

/** Reasons by the imports of a test file; the first match counts. */
const HEAVY = [
  [/\/(postgres|redis-[a-z]+(-[a-z]+)*)(\.js)?'/, 'PostgreSQL or Redis'],
  [/\/(media-client|packet-client|stacks\/[a-z-]+)(\.js)?'|\/media-host\.js'/, 'media workers'],
  [/\/pebble(\.js)?'/, 'a certificate authority'],
  [/'node:child_process'/, 'processes'],
  [/\bPlayedCluster\b/, 'a cluster of processes'],
  [/\/test(ing)?\/server(\.js)?'/, ONE_SERVER],
];

/** Fuzzing, floods, whole systems, models of a thousand nodes. */
const LONG = [
  'packages/media/test/fuzz/',
  'packages/media-host/test/',
  'packages/server-sdk/test/',
  'apps/waterbus/test/',
  'bench/simulate/',
];
