// `npm test`: all tests of a change. Its last line counts the results of the runners.
//   --lts      also the packet plane and the servers on the current LTS of Node
//   --release  every browser test on a cluster too, each short fault twice, all routes on the LTS
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { printTimes, root, step } from './steps.mjs';
import { attackResults, faultResults, playwrightResults, vitestResults } from './test-results.mjs';
import {
  archives,
  balancer,
  browsers,
  certificates,
  ensureTools,
  monitors,
  networks,
  redis,
  services,
} from './tools.mjs';

const output = path.join(root, '.test-output');
const lts = process.argv.includes('--lts');
/**
 * Two runs of a scenario hit different nodes at different times, and the second runs on the remains
 * of the first.
 */
const release = process.argv.includes('--release');
const faultRuns = release ? 2 : 1;
/**
 * Half a minute each: `npm run attack` floods servers too, and `npm run check:packages` installs the
 * addon.
 */
const FOR_RELEASES = ['packages/media-host/test/flood/**', 'scripts/packages/prebuilt.test.mjs'];
/** The commands for faults and attacks build on their own, but everything is up to date here. */
const BUILT = { SKIP_BUILD: '1' };

if (
  !ensureTools([
    ...browsers,
    ...certificates,
    ...services,
    ...redis,
    ...monitors,
    ...balancer,
    ...networks,
    ...archives,
  ]) ||
  !build()
)
  process.exit(1);
rmSync(output, { recursive: true, force: true });
mkdirSync(output);

const checks = [
  step('formatter and linter', ['biome', 'check', '--error-on-warnings', '.']),
  step('types of tests, browser suite and benchmarks', ['tsc', '-p', 'tsconfig.tests.json']),
  step('imports follow the arrows and floors', [process.execPath, 'scripts/check-imports.mjs']),
  step('links and file names have targets', [process.execPath, 'scripts/check-documents.mjs']),
  step('API reports of the SDK', [process.execPath, 'scripts/api-reports.mjs', '--check']),
  step('guides and reference of the SDK', [process.execPath, 'site/build.mjs']),
];
const runs = [
  step(
    'unit, contract, scenario, vector and interoperability tests',
    ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${output}/vitest.json`],
    release ? { RELEASE: '1' } : { LEFT_OUT_TESTS: FOR_RELEASES.join('\n') },
  ),
  ...['pages', 'calls'].map((part) =>
    step(`browsers: ${part}`, ['playwright', 'test', '--config', 'e2e/playwright.config.ts'], {
      BROWSER_TESTS: part,
      ...(release && { RELEASE: '1' }),
    }),
  ),
  step(
    'faults in a cluster, short',
    [
      ...[process.execPath, '--conditions=source', '--import', 'tsx', 'scripts/faults.mjs'],
      ...['--short', '--runs', String(faultRuns), '--json', `${output}/faults.json`],
      ...(release ? [] : ['--pick', '6']),
    ],
    BUILT,
  ),
  step(
    'attacks, short',
    [
      ...[process.execPath, '--conditions=source', '--import', 'tsx', 'scripts/attack.mjs'],
      ...['--short', '--json', `${output}/attacks.json`],
    ],
    BUILT,
  ),
  ...(lts
    ? [
        step('packet plane and servers on the LTS of Node', [
          process.execPath,
          'scripts/test-lts.mjs',
          ...(release ? ['--release'] : []),
        ]),
      ]
    : []),
];
const faults = faultResults(output);
const results = [
  vitestResults(output, 'vitest.json'),
  playwrightResults(output, 'pages.json'),
  playwrightResults(output, 'calls.json'),
  faults,
  attackResults(output),
  ...(lts ? [vitestResults(output, 'lts.json')] : []),
];
const passed = sum('passed');
const failed = sum('failed') + [...checks, ...runs].filter((ok) => !ok).length;
// Repeats the failures at the end, because the runner's own output is far above or in a discarded
// part of the log.
for (const failure of results.flatMap(({ failures }) => failures)) console.error(`\n== failed: ${failure}`);
if (sum('skipped') > 0) console.error(`${sum('skipped')} tests were skipped: that counts as failing.`);
if (faults.ran) console.log(`\nfaults, short, ${faults.ran}`);
const failures = failed + sum('skipped');
printTimes();
console.log(`\n${passed} passed, ${failures} failed`);
process.exit(failures === 0 && passed > 0 ? 0 : 1);

function sum(field) {
  return results.reduce((total, result) => total + result[field], 0);
}
