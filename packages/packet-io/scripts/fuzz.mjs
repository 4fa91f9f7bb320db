// Builds the libFuzzer targets with clang and runs them for a while: `npm run fuzz -w
// packages/packet-io [-- SECONDS]`. The receive path gets four fifths of the time, the frame reader
// of TCP the rest.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWordsHeader } from '../words.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const output = join(root, '.test-output', 'fuzz');
const seconds = Number(process.argv[2] ?? 20);
if (!(seconds > 0)) fail(`${process.argv[2]} is no number of seconds.`);
// The core is compiled without Node, against the system's OpenSSL.
const NODE_ONLY = ['addon.cc', 'alarm.cc', 'binding.cc', 'module.cc'];

checkTools();
mkdirSync(join(output, 'corpus-receive'), { recursive: true });
await writeWordsHeader(output);
const core = readdirSync(join(root, 'native')).filter((name) => name.endsWith('.cc') && !NODE_ONLY.includes(name));
build('receive', core);
build('frames', ['frame-reader.cc']);
writeSeeds();
run('receive', 0.8 * seconds);
run('frames', 0.2 * seconds);

function run(target, duration) {
  mkdirSync(join(output, `corpus-${target}`), { recursive: true });
  const { status } = spawnSync(
    join(output, target),
    [
      `-max_total_time=${Math.ceil(duration)}`,
      '-timeout=10',
      '-rss_limit_mb=2048',
      '-max_len=8192',
      '-print_final_stats=1',
      `corpus-${target}`,
    ],
    { cwd: output, stdio: 'inherit' },
  );
  if (status !== 0) process.exit(status ?? 1);
}

function checkTools() {
  const missing = [];
  if (spawnSync('clang++', ['--version']).status !== 0) missing.push('clang');
  const headers = ['/usr/include', '/usr/local/include', '/opt/homebrew/opt/openssl@3/include'];
  if (!headers.some((path) => existsSync(join(path, 'openssl', 'ssl.h')))) missing.push('libssl-dev');
  if (missing.length > 0)
    fail(`The fuzz target needs ${missing.join(' and ')}: run \`apt-get install ${missing.join(' ')}\`.`);
}

function build(target, parts) {
  const sources = [join(root, 'fuzz', `${target}.cc`), ...parts.map((name) => join(root, 'native', name))];
  const flags = [`-I${output}`, '-std=c++17', '-O1', '-g', '-Wall', '-Wextra', '-fno-omit-frame-pointer'];
  const sanitizers = ['-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=undefined'];
  const result = spawnSync('clang++', [...flags, ...sanitizers, ...sources, '-lssl', '-lcrypto', '-o', target], {
    cwd: output,
    stdio: 'inherit',
  });
  if (result.status !== 0) fail('The fuzz target could not be compiled; see the errors above.');
}

/** Inputs in the format of fuzz/receive.cc: selector, length, bytes. */
function writeSeeds() {
  const capture = (name) => readFileSync(join(root, 'test', 'captures', `dtls-${name}.bin`));
  const server = 3;
  const client = 4;
  const stranger = 5;
  const protectFirst = 8;
  const forwardAsRtx = 16;
  const secondPasses = 32;
  const moveAddress = 64;
  const stun = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');
  const rtp = Buffer.from(`90600001000003e800001234bede0001301122ff${'5a'.repeat(100)}`, 'hex');
  const padded = Buffer.from(`a0600002000003e800001234${'5a'.repeat(60)}00000004`, 'hex');
  const rtcp = Buffer.from('81c900070000123400005678000000000000000100000000000000000000000000000000', 'hex');
  const seeds = {
    chromium: [
      [server, capture('chromium-datagram-1')],
      [server, capture('chromium-datagram-2')],
    ],
    firefox: [
      [server, capture('firefox-datagram-2')],
      [server, capture('firefox-datagram-1')],
    ],
    repeated: [
      [server, capture('chromium-datagram-1')],
      [server | secondPasses, capture('chromium-datagram-1')],
    ],
    client: [
      [client, capture('chromium-datagram-2')],
      [client | secondPasses, stun],
    ],
    stranger: [
      [stranger, stun],
      [stranger, capture('firefox-datagram-2')],
      [server | moveAddress, stun],
    ],
  };
  for (const peer of [0, 1, 2]) {
    const keyed = peer | protectFirst;
    seeds[`media-${peer}`] = [
      [keyed, rtp],
      [keyed | forwardAsRtx, padded],
      [keyed, rtcp],
      [peer, rtp],
      [keyed, rtp],
    ];
  }
  for (const [name, datagrams] of Object.entries(seeds)) {
    const parts = datagrams.map(([selector, bytes]) =>
      Buffer.concat([Buffer.from([selector, bytes.length >> 8, bytes.length & 255]), bytes]),
    );
    writeFileSync(join(output, 'corpus-receive', name), Buffer.concat(parts));
  }
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
