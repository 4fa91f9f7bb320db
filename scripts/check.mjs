// `npm run check`: linter, types, arrows, and the tests that a change can break, in about a minute.
// The change is every commit since the merge base with main, plus the uncommitted edits. With
// `npm run check -- HEAD` it is only the latter.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { leftOut } from './left-out.mjs';
import { printTimes, root, step } from './steps.mjs';

const CACHE = path.join(root, 'node_modules/.cache/waterbus');

const changed = changedFiles();
const sources = changed.filter((file) => /\.(ts|tsx|mjs)$/.test(file));
const excluded = leftOut(changed);

const ok = [
  step('formatter and linter', ['biome', 'check', '--error-on-warnings', '--no-errors-on-unmatched', '.']),
  step('types of the packages', ['tsc', '-b']),
  step('types of tests, browser suite and benchmarks', [
    ...[
      'tsc',
      '-p',
      'tsconfig.tests.json',
      '--incremental',
      '--tsBuildInfoFile',
      path.join(CACHE, 'tests.tsbuildinfo'),
    ],
  ]),
  step('imports follow the arrows and floors', [process.execPath, 'scripts/check-imports.mjs']),
  step('links and file names have targets', [process.execPath, 'scripts/check-documents.mjs']),
  !sources.some((file) => reported(file)) ||
    step('API reports of the SDK', [process.execPath, 'scripts/api-reports.mjs', '--check']),
  sources.length === 0 ||
    step(
      `tests related to ${sources.length} changed sources`,
      ['vitest', 'related', '--run', '--passWithNoTests', '--reporter=dot', ...sources],
      { LEFT_OUT_TESTS: excluded.map(({ file }) => file).join('\n') },
    ),
].every(Boolean);

if (sources.length > 0) console.log(`\nLeft to npm test: ${summary(excluded)}, and the browsers.`);
printTimes();
process.exit(ok ? 0 : 1);

/** Paths from the root, of existing files only. */
function changedFiles() {
  const branches = process.argv[2] ? [process.argv[2]] : ['main', 'origin/main'];
  const base = branches.map((name) => git('merge-base', 'HEAD', name)[0]).find(Boolean) ?? 'HEAD';
  const files = [...git('diff', '--name-only', base), ...git('ls-files', '--others', '--exclude-standard')];
  console.log(`${new Set(files).size} files changed since ${base.slice(0, 9)}`);
  return [...new Set(files)].filter((file) => existsSync(path.join(root, file)));
}

/** Whether the file belongs to a package with a report of its API. */
function reported(file) {
  const [parent, name] = file.split('/');
  return parent === 'packages' && existsSync(path.join(root, parent, name, 'etc'));
}

function git(...words) {
  const { status, stdout } = spawnSync('git', words, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.split('\n').filter(Boolean) : [];
}

function summary(tests) {
  const reasons = new Map();
  for (const { why } of tests) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  return [...reasons].map(([why, count]) => `${count} test files with ${why}`).join(', ');
}
