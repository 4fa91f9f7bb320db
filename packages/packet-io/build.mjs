// Compiles the addon; `npm ci` runs this script. Skips the build when the binary is newer than all
// its sources. `--sanitize` builds with AddressSanitizer and UndefinedBehaviorSanitizer, beside the
// ordinary build. `--apart` builds for the Node that runs this script, beside the build of another
// Node.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const sanitize = process.argv.includes('--sanitize');
const apart = sanitize ? 'asan' : process.argv.includes('--apart') ? `node-${process.version}` : undefined;
// node-gyp always builds into `build` of its working folder.
const workDirectory = apart ? join(root, '.test-output', apart) : root;
const binary = join(workDirectory, 'build', 'Release', 'packet_io.node');
// A binary for another ABI or another kind of machine does not load.
const stamp = join(workDirectory, 'build', `made-for-${process.version}-${process.platform}-${process.arch}`);

if (!isUpToDate()) compile();

function isUpToDate() {
  if (!existsSync(binary) || !existsSync(stamp)) return false;
  const sources = readdirSync(join(root, 'native')).map((name) => join(root, 'native', name));
  const newest = Math.max(...[...sources, join(root, 'binding.gyp')].map((path) => statSync(path).mtimeMs));
  return statSync(binary).mtimeMs >= newest;
}

function compile() {
  const missing = ['python3', 'make', 'g++'].filter((tool) => !runs(tool));
  // macOS names its compiler clang++, and g++ is a link to it.
  if (missing.length > 0) {
    const advice = process.platform === 'darwin' ? 'xcode-select --install' : 'apt-get install python3 make g++';
    fail(`packet-io is compiled on this machine and needs ${missing.join(', ')}: run \`${advice}\` and try again.`);
  }
  if (apart) {
    mkdirSync(workDirectory, { recursive: true });
    for (const name of ['binding.gyp', 'native']) {
      cpSync(join(root, name), join(workDirectory, name), { recursive: true, preserveTimestamps: true });
    }
  }
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  const headers = localHeaders();
  const result = spawnSync(
    process.execPath,
    [nodeGyp, 'configure', 'build', ...headers, '--jobs=2', '--loglevel=error'],
    {
      cwd: workDirectory,
      env: { ...process.env, PACKET_IO_SANITIZE: sanitize ? '1' : '' },
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`;
  if (result.status !== 0) {
    console.error(output);
    fail('packet-io could not be compiled; the compiler says why above.');
  }
  if (output.includes('warning:')) console.error(output);
  writeFileSync(stamp, '');
}

/**
 * Node's headers, with OpenSSL's, lie beside most installations of node; else node-gyp downloads
 * them.
 */
function localHeaders() {
  const prefix = join(dirname(process.execPath), '..');
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

function runs(tool) {
  return spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
