// `npm run test:one -- PATTERN [runner's options]`: the tests of one file or folder, or those with
// PATTERN in their name. Runs Vitest or Playwright, depending on the files found.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { root, step } from './steps.mjs';

const [pattern, ...options] = process.argv.slice(2);
if (!pattern) {
  console.error(
    'npm run test:one -- PATTERN [options]\n  PATTERN  part of a path (nack, e2e/tests/chat), or of a name (R11)',
  );
  process.exit(2);
}

const files = testFiles();
const byPath = files.filter((file) => file.includes(pattern.replace(/^\.\//, '')));
const chosen =
  byPath.length > 0 ? byPath : files.filter((file) => textsOf(file).some((text) => text.includes(pattern)));
const name = byPath.length > 0 ? undefined : pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const specs = chosen.filter((file) => file.endsWith('.spec.ts'));
const tests = chosen.filter((file) => !specs.includes(file));
if (chosen.length === 0) {
  console.error(`Neither a path nor a text of a test has ${pattern} in it.`);
  process.exit(1);
}

const ok = [
  tests.length === 0 || step('vitest', ['vitest', 'run', ...tests, ...(name ? ['-t', name] : []), ...options]),
  // Browser tests run against the built system.
  specs.length === 0 ||
    (build() &&
      step('playwright', [
        ...['playwright', 'test', '--config', 'e2e/playwright.config.ts', '--reporter', 'list'],
        ...[...specs.map((file) => path.basename(file)), ...(name ? ['-g', name] : []), ...options],
      ])),
].every(Boolean);
process.exit(ok ? 0 : 1);

function testFiles() {
  const words = [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '--',
    '*.test.ts',
    '*.test.tsx',
    '*.spec.ts',
  ];
  return spawnSync('git', words, { cwd: root, encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
}

/** The texts of a test file and of the contracts that it runs. */
function textsOf(file) {
  const text = readFileSync(path.join(root, file), 'utf8');
  const contracts = [...text.matchAll(/'(\.[^']*\.contract)\.js'/g)].map(([, imported]) =>
    readFileSync(path.join(root, path.dirname(file), `${imported}.ts`), 'utf8'),
  );
  return [text, ...contracts];
}
