// `npm test`: everything that proves this repository. Closes with one line that counts what the runners reported.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { faultResults, playwrightResults, vitestResults } from './test-results.mjs';
import { balancer, browsers, certificates, ensureTools, networks, redis } from './tools.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const output = path.join(root, '.test-output');
/** Two runs of a scenario hit different nodes at different times, and what the first one left behind is there in the second. */
const FAULT_RUNS = 2;

if (!ensureTools([...browsers, ...certificates, ...redis, ...balancer, ...networks]) || !build()) process.exit(1);
rmSync(output, { recursive: true, force: true });
mkdirSync(output);

const checks = [
  run('formatter and linter', ['biome', 'check', '--error-on-warnings', '.']),
  run('types of tests, browsers suite and benchmarks', ['tsc', '-p', 'tsconfig.tests.json']),
  run('imports follow the arrows', [process.execPath, 'scripts/check-imports.mjs']),
];
const runs = [
  run('unit, contract, scenario, vector and interoperability tests', [
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${output}/vitest.json`,
  ]),
  run('browsers', ['playwright', 'test', '--config', 'e2e/playwright.config.ts']),
  run('faults in a cluster, short', [
    ...[process.execPath, '--conditions=source', '--import', 'tsx', 'scripts/faults.mjs'],
    ...['--short', '--runs', String(FAULT_RUNS), '--json', `${output}/faults.json`],
  ]),
];
const faults = faultResults(output);
const results = [vitestResults(output), playwrightResults(output), faults];
const passed = sum('passed');
const failed = sum('failed') + [...checks, ...runs].filter((ok) => !ok).length;
// Once more where everybody looks: what a runner said of it stands far above, or in a part of the log that nobody kept.
for (const failure of results.flatMap(({ failures }) => failures)) console.error(`\n== failed: ${failure}`);
if (sum('skipped') > 0) console.error(`${sum('skipped')} tests were skipped: that counts as failing.`);
if (faults.ran) console.log(`\nfaults, short, ${faults.ran}`);
const failures = failed + sum('skipped');
console.log(`\n${passed} passed, ${failures} failed`);
process.exit(failures === 0 && passed > 0 ? 0 : 1);

function run(what, [command, ...args]) {
  console.log(`\n== ${what}`);
  const program = path.isAbsolute(command) ? command : path.join(root, 'node_modules', '.bin', command);
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) console.error(`== ${what}: failed`);
  return status === 0;
}

function sum(field) {
  return results.reduce((total, result) => total + result[field], 0);
}
