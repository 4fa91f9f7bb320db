// Runs the tests on an addon built with AddressSanitizer and UndefinedBehaviorSanitizer.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
if (process.platform !== 'linux') fail('The sanitizer run preloads libasan, which only Linux can do here.');

/** The sanitizer has to be the first library of a process that was built without it, as node is. */
const libraries = ['libasan.so', 'libubsan.so'].map((name) => {
  const found = spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' });
  const path = found.stdout?.trim() ?? '';
  if (!existsSync(path)) fail(`${name} is missing: run \`apt-get install g++\` and try again.`);
  return path;
});

run(process.execPath, [join(root, 'build.mjs'), '--sanitize'], {});
const options = {
  LD_PRELOAD: libraries.join(' '),
  PACKET_IO_ADDON: join(root, '.test-output', 'asan', 'build', 'Release', 'packet_io.node'),
  // Node frees little of its memory at exit, so the fuzz target checks for leaks instead.
  ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:strict_string_checks=1:detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
};
const vitest = join(root, '..', '..', 'node_modules', 'vitest', 'vitest.mjs');
run(
  process.execPath,
  [vitest, 'run', '--root', join(root, '..', '..'), 'packages/packet-io', ...process.argv.slice(2)],
  options,
);

function run(command, args, environment) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  if (status !== 0) process.exit(status ?? 1);
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
