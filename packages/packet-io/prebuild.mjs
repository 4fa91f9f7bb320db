// Compiles the addon that packages contain: `prebuild.mjs FOLDER [x64] [arm64]` writes
// FOLDER/linux-ARCH/packet_io.napi.node. One binary for each architecture serves glibc, musl and
// all versions of Node that carry OpenSSL 3: it names no library and uses only symbols that Node
// exports and that every C library has (docs/decisions/0014).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWordsHeader } from './words.mjs';

const root = dirname(fileURLToPath(import.meta.url));

/** Compilers of Debian, with the package of each. */
const COMPILERS = {
  x64: { triple: 'x86_64-linux-gnu', debianPackage: 'g++-x86-64-linux-gnu', flags: [] },
  // Out of line, atomic operations ask glibc for the kind of the processor.
  arm64: {
    triple: 'aarch64-linux-gnu',
    debianPackage: 'g++-aarch64-linux-gnu',
    flags: ['-mno-outline-atomics'],
  },
};

/** node-gyp's flags of a release, and those that keep the C++ runtime out. */
const FLAGS = [
  ...['-shared', '-fPIC', '-pthread', '-O3', '-fno-omit-frame-pointer', '-std=c++17', '-fno-exceptions', '-fno-rtti'],
  ...['-fvisibility=hidden', '-ffunction-sections', '-fdata-sections', '-Wall', '-Wextra', '-Wno-cast-function-type'],
  // Checked variants of C functions (`__memcpy_chk`) are glibc's own.
  ...['-U_FORTIFY_SOURCE', '-fno-stack-protector', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
  ...['-nodefaultlibs', '-Wl,-z,now', '-Wl,--gc-sections', '-s', '-Wl,--version-script=native/portable/exports.map'],
];

/**
 * Of libstdc++ only its prime numbers for hash tables are linked, and of libgcc what the compiler
 * refers to.
 */
const LIBRARIES = ['-Wl,-Bstatic', '-lstdc++', '-lgcc'];

/** Node exports the symbols of N-API, libuv and OpenSSL. */
const OF_NODE = /^(napi|uv|SSL|EVP|BIO|X509|DTLS|SHA1|CRYPTO|OPENSSL|RAND|ERR|ASN1)_/;

const [folder, ...wanted] = process.argv.slice(2);
if (!folder || wanted.some((arch) => !(arch in COMPILERS))) fail('Usage: prebuild.mjs FOLDER [x64] [arm64]');
const generated = join(folder, 'generated');
await writeWordsHeader(generated);
for (const arch of wanted.length > 0 ? wanted : Object.keys(COMPILERS)) compile(arch);

function compile(arch) {
  const target = join(folder, `linux-${arch}`, 'packet_io.napi.node');
  mkdirSync(dirname(target), { recursive: true });
  const { status, stderr } = spawnSync(
    compilerFor(arch),
    [
      ...FLAGS,
      ...COMPILERS[arch].flags,
      '-o',
      target,
      `-I${generated}`,
      `-I${nodeHeaders()}`,
      ...sources(),
      ...LIBRARIES,
    ],
    { cwd: root, encoding: 'utf8' },
  );
  if (stderr) console.error(stderr);
  if (status !== 0) fail(`The addon could not be compiled for ${arch}; see the errors above.`);
  const foreign = foreignSymbols(target);
  if (foreign.length > 0) fail(`The addon for ${arch} uses what not every system has: ${foreign.join(', ')}.`);
}

function compilerFor(arch) {
  const { triple, debianPackage } = COMPILERS[arch];
  const own = arch === process.arch ? ['g++'] : [];
  const compiler = [...own, `${triple}-g++`].find((name) => spawnSync(name, ['--version']).status === 0);
  return compiler ?? fail(`The compiler for ${arch} is missing: run \`apt-get install ${debianPackage}\`.`);
}

function sources() {
  const files = ['native', 'native/portable'].flatMap((name) =>
    readdirSync(join(root, name)).map((f) => join(name, f)),
  );
  return files.filter((name) => name.endsWith('.cc'));
}

/** Node's headers, with OpenSSL's: `NODE_HEADERS`, or those beside node. */
function nodeHeaders() {
  const headers = process.env.NODE_HEADERS ?? join(dirname(process.execPath), '..', 'include', 'node');
  if (!existsSync(join(headers, 'openssl', 'ssl.h'))) fail(`No headers of Node in ${headers}: set NODE_HEADERS.`);
  return headers;
}

/**
 * Undefined symbols beyond those of Node and of native/portable/symbols.txt, and named libraries.
 */
function foreignSymbols(binary) {
  const known = new Set(readFileSync(join(root, 'native/portable/symbols.txt'), 'utf8').split(/\s+/));
  const lines = output('readelf', ['--wide', '--dyn-syms', binary]).split('\n');
  const names = lines.filter((line) => / UND \S/.test(line)).map((line) => line.trim().split(/\s+/).at(-1));
  const libraries = output('readelf', ['--dynamic', binary])
    .split('\n')
    .filter((line) => line.includes('(NEEDED)'));
  return [...names.filter((name) => !OF_NODE.test(name) && !known.has(name)), ...libraries];
}

function output(command, args) {
  const { status, stdout, error } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout : fail(`${command} failed: ${error?.message ?? status}`);
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
