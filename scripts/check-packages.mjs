// `npm run check:packages`: packs, then uses the packages as their users do: an installation without
// a compiler and without install scripts, `npx waterbus`, and imports under strict TypeScript.
//   --this-machine  with the addon for this processor only
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadsOnMusl } from './packages/musl.mjs';
import { publishable } from './packages/stage.mjs';
import { startTest } from './packages/start-test.mjs';
import { printTimes, root, step } from './steps.mjs';
import { ensureTools, musl } from './tools.mjs';

const output = path.join(root, 'dist-packages');
const scratch = mkdtempSync(path.join(tmpdir(), 'waterbus-packages-'));
const environment = { PATH: pathWithoutCompilers(), HOME: process.env.HOME, npm_config_ignore_scripts: 'true' };
const waterbus = path.join(scratch, 'node_modules/.bin/waterbus');

const ok =
  step('packages', [process.execPath, 'scripts/pack.mjs', ...process.argv.slice(2)]) &&
  readdirSync(path.join(output, 'staged')).every((name) =>
    step(`publint ${name}`, ['publint', path.join(output, 'staged', name), '--strict', '--pack', 'false']),
  ) &&
  typesResolve() &&
  loads() &&
  install() &&
  importsCompile() &&
  (await starts());
printTimes();
if (ok) rmSync(scratch, { recursive: true });
process.exit(ok ? 0 : 1);

/**
 * Each entry of each tarball has types that agree with its JavaScript, in Node and in bundlers. The
 * packages have no CommonJS, so that `require` and resolution without `exports` do not count.
 */
function typesResolve() {
  const options = ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii', '--no-emoji', '--no-summary'];
  return tarballs().every((file) => step(`types of ${path.basename(file)}`, ['attw', file, ...options]));
}

function tarballs() {
  const names = readdirSync(output).filter((name) => name.endsWith('.tgz'));
  return names.map((name) => path.join(output, name));
}

/** On this machine's C library an installation loads it; on musl only this check. */
function loads() {
  const name = `staged/@waterbus-packet-io/prebuilds/linux-${process.arch}/packet_io.napi.node`;
  const loaded = ensureTools(musl) && loadsOnMusl(path.join(output, name));
  console.log(`\n== the addon on musl: ${loaded ? 'loads' : 'does not load'}`);
  return loaded;
}

function install() {
  writeFileSync(path.join(scratch, 'package.json'), '{ "private": true, "type": "module" }');
  return inScratch('npm install', [
    'npm',
    'install',
    '--prefer-offline',
    // A dependency that refuses this version of Node fails the installation instead of a warning.
    '--engine-strict',
    ...tarballs(),
  ]);
}

/** Each entry, in a program of Node and in one of a bundler, with the types of all dependencies. */
function importsCompile() {
  const names = publishable().flatMap(({ own }) => (own.exports['.'] ? [own.name] : []));
  const lines = names.map((name, index) => `import * as m${index} from '${name}';\nconsole.log(typeof m${index});`);
  const client = "import { type Call, join } from '@waterbus/client';\n";
  const used = "export const call: Promise<Call> = join({ code: 'abc', name: 'Ada' });\n";
  writeFileSync(path.join(scratch, 'all.ts'), `${lines.join('\n')}\n`);
  writeFileSync(path.join(scratch, 'page.ts'), client + used);
  const types = ['--typeRoots', path.join(root, 'node_modules/@types')];
  const common = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2023', ...types];
  const nodeTypes = ['--types', 'node', '--skipLibCheck', '--module', 'nodenext'];
  const browser = ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2023,dom,dom.iterable'];
  return (
    step('types of all packages, in Node', ['tsc', ...common, ...nodeTypes, path.join(scratch, 'all.ts')]) &&
    step('types of the client, in a bundler', ['tsc', ...common, ...browser, path.join(scratch, 'page.ts')])
  );
}

async function starts() {
  const { version } = JSON.parse(readFileSync(path.join(root, 'apps/waterbus/package.json'), 'utf8'));
  const printed = spawnSync('npx', ['waterbus', '--version'], { cwd: scratch, env: environment, encoding: 'utf8' });
  if (printed.stdout.trim() !== version) {
    console.error(`npx waterbus --version printed ${printed.stdout}${printed.stderr}`);
    return false;
  }
  const env = { ...environment, DATA_DIR: path.join(scratch, 'data') };
  await startTest(['npx', 'waterbus'], { cwd: scratch, env });
  await startTest([waterbus, 'start'], { cwd: scratch, env });
  console.log('\n== npx waterbus: starts, serves, ends on SIGTERM');
  return true;
}

function inScratch(what, [command, ...args]) {
  console.log(`\n== ${what}`);
  const { status } = spawnSync(command, args, { cwd: scratch, env: environment, stdio: 'inherit' });
  if (status !== 0) console.error(`== ${what}: failed in ${scratch}`);
  return status === 0;
}

/** Node, npm and a shell. */
function pathWithoutCompilers() {
  const folder = path.join(scratch, 'bin');
  mkdirSync(folder);
  const programs = { node: process.execPath, npm: which('npm'), npx: which('npx'), sh: '/bin/sh', env: '/usr/bin/env' };
  for (const [name, target] of Object.entries(programs)) symlinkSync(target, path.join(folder, name));
  return folder;
}

function which(name) {
  const found = process.env.PATH.split(path.delimiter).map((folder) => path.join(folder, name));
  return found.find((file) => spawnSync(file, ['--version'], { stdio: 'ignore' }).status === 0);
}
