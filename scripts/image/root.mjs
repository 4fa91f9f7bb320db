// Runs while the image is built: `root.mjs FOLDER` collects the files of the image from the build
// stage. These are Node, the libraries that Node and the addons name, and the installed packages.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const target = process.argv[2];
const app = path.join(target, 'opt/waterbus');
const node = path.join(target, 'usr/local/bin/node');

/** The user of the image, the same as in the Dockerfile. */
const USER = 10_001;

/** Packages of browsers and of other back ends. */
const OF_OTHERS = /^waterbus-(?:client|embed|react|server-sdk)-/;

const UNUSED = /\.(?:map|[cm]?ts|tsbuildinfo|md|markdown|flow)$/i;

/** Folders of prebuilt addons are named by system and processor. */
const isOfOtherSystem = (folder, name) => path.basename(folder) === 'prebuilds' && name !== `linux-${process.arch}`;

mkdirSync(path.dirname(node), { recursive: true });
// Symbols for debuggers are a fifth of the file; the exports for addons stay.
run('strip', ['--strip-unneeded', '-o', node, process.execPath]);
chmodSync(node, 0o755);
installPackages();
prune(path.join(app, 'node_modules'));
symlinkSync('../../../opt/waterbus/node_modules/waterbus/dist/main.js', path.join(target, 'usr/local/bin/waterbus'));
// The first line of the command names `env`, which is not in the image; the kernel runs this one.
replaceShebang(path.join(app, 'node_modules/waterbus/dist/main.js'));
const libraries = copyLibraries();
describePackages(libraries);
makeUser();

function installPackages() {
  mkdirSync(app, { recursive: true });
  const { overrides } = JSON.parse(readFileSync(path.join(sources, 'package.json'), 'utf8'));
  writeFileSync(path.join(app, 'package.json'), JSON.stringify({ private: true, overrides }));
  const packed = path.join(sources, 'dist-packages');
  const tarballs = readdirSync(packed).filter((name) => name.endsWith('.tgz') && !OF_OTHERS.test(name));
  const flags = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline'];
  run('npm', ['install', ...flags, '--prefix', app, ...tarballs.map((name) => path.join(packed, name))]);
}

/** Removes what only compilers, debuggers and other systems read. Licences stay. */
function prune(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory() && isOfOtherSystem(folder, entry.name)) rmSync(file, { recursive: true });
    else if (entry.isDirectory()) prune(file);
    else if (UNUSED.test(entry.name)) rmSync(file);
  }
}

function replaceShebang(file) {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/^#!.*/, '#!/usr/local/bin/node'));
  chmodSync(file, 0o755);
}

function copyLibraries() {
  const addons = readdirSync(app, { recursive: true }).filter((name) => name.endsWith('.node'));
  const files = [process.execPath, ...addons.map((name) => path.join(app, name))];
  const listed = files.flatMap((file) =>
    [...run('ldd', [file]).matchAll(/(\/\S+) \(0x/g)].map(([, library]) => library),
  );
  const libraries = [...new Set(listed)];
  for (const library of libraries) {
    const place = path.join(target, library);
    mkdirSync(path.dirname(place), { recursive: true });
    copyFileSync(library, place);
  }
  return libraries;
}

/** Scanners of images find the Debian packages of the libraries here. */
function describePackages(libraries) {
  const folder = path.join(target, 'var/lib/dpkg/status.d');
  mkdirSync(folder, { recursive: true });
  const names = new Set(libraries.map(owner).filter(Boolean));
  for (const name of names) writeFileSync(path.join(folder, name.split(':')[0]), run('dpkg-query', ['--status', name]));
}

/** Debian lists some libraries below /lib and some below /usr/lib; both are one folder. */
function owner(library) {
  for (const place of [library, library.replace(/^\/lib/, '/usr/lib'), library.replace(/^\/usr\/lib/, '/lib')]) {
    const { status, stdout } = spawnSync('dpkg-query', ['--search', place], { encoding: 'utf8' });
    const line = stdout.split('\n').find((text) => text && !text.startsWith('diversion '));
    if (status === 0 && line) return line.split(': ')[0];
  }
  return undefined;
}

/** The folders of mounts exist already: a read-only root has no place to make them. */
function makeUser() {
  for (const name of ['etc', 'dev', 'proc', 'sys', 'tmp']) mkdirSync(path.join(target, name), { recursive: true });
  chmodSync(path.join(target, 'tmp'), 0o1777);
  writeFileSync(path.join(target, 'etc/passwd'), `root:x:0:0::/:\nwaterbus:x:${USER}:${USER}::/data:\n`);
  writeFileSync(path.join(target, 'etc/group'), `root:x:0:\nwaterbus:x:${USER}:\n`);
  mkdirSync(path.join(target, 'data'), { mode: 0o700 });
  chownSync(path.join(target, 'data'), USER, USER);
}

function run(command, args) {
  const { status, stdout, error } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status === 0) return stdout;
  console.error(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}
