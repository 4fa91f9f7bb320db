// Compiles the addon, and beside it the one of tests and benchmarks (native/hooks); `npm ci` runs
// this script. Skips the build when the binaries are newer than all their sources, or when the
// package contains a prebuilt addon that loads here (prebuild.mjs); a checkout contains none.
// `--sanitize` builds with AddressSanitizer and UndefinedBehaviorSanitizer, beside the ordinary
// build. `--apart` builds for the Node that runs this script, beside the build of another Node.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wordsFile, writeWordsHeader } from './words.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const sanitize = process.argv.includes('--sanitize');
const apart = sanitize ? 'asan' : process.argv.includes('--apart') ? `node-${process.version}` : undefined;
// node-gyp always builds into `build` of its working folder.
const workDirectory = apart ? join(root, '.test-output', apart) : root;
const release = join(workDirectory, 'build', 'Release');
// The second has another name than gyp's: `node-gyp-build` loads any file there that ends with `.node`.
const binaries = [join(release, 'packet_io.node'), join(release, 'packet_io.hooks')];
// A binary for another ABI or another kind of machine does not load.
const stamp = join(workDirectory, 'build', `made-for-${process.version}-${process.platform}-${process.arch}`);

if (process.platform !== 'linux') fail('packet-io runs on Linux: it uses recvmmsg, UDP GSO and GRO, and timerfd.');
if (!prebuiltLoads() && !isUpToDate()) await compile();

/** Another process loads it: a broken binary could end the process. */
function prebuiltLoads() {
  const prebuilt = join(root, 'prebuilds', `linux-${process.arch}`, 'packet_io.napi.node');
  return (
    existsSync(prebuilt) && spawnSync(process.execPath, ['-e', `require(${JSON.stringify(prebuilt)})`]).status === 0
  );
}

function isUpToDate() {
  if (![stamp, ...binaries].every(existsSync)) return false;
  const sources = readdirSync(join(root, 'native'), { recursive: true }).map((name) => join(root, 'native', name));
  const others = ['binding.gyp', 'flags.gypi', 'words.mjs'].map((name) => join(root, name));
  const newest = Math.max(...[...sources, ...others, wordsFile].map((path) => statSync(path).mtimeMs));
  return binaries.every((binary) => statSync(binary).mtimeMs >= newest);
}

async function compile() {
  const missing = ['python3', 'make', 'g++'].filter((tool) => !runs(tool));
  if (missing.length > 0) {
    const advice = 'apt-get install python3 make g++';
    fail(`packet-io is compiled on this machine and needs ${missing.join(', ')}: run \`${advice}\` and try again.`);
  }
  if (apart) {
    mkdirSync(workDirectory, { recursive: true });
    for (const name of ['binding.gyp', 'flags.gypi', 'native']) {
      cpSync(join(root, name), join(workDirectory, name), { recursive: true, preserveTimestamps: true });
    }
  }
  await writeWordsHeader(join(workDirectory, 'build', 'generated'));
  const nodeGyp = findNodeGyp();
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
    fail('packet-io could not be compiled; see the errors above.');
  }
  renameSync(join(release, 'packet_io_hooks.node'), binaries[1]);
  if (output.includes('warning:')) console.error(output);
  writeFileSync(stamp, '');
}

/** A checkout installs it; for the package, npm has one and names it. */
function findNodeGyp() {
  try {
    return createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  } catch {
    return process.env.npm_config_node_gyp ?? fail('packet-io is compiled with node-gyp: install it and try again.');
  }
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
