// `npm run newcomer`: follows docs/install.md on fresh machines, until two browsers are in a call.
// Prints each command with its output and its time, and a table at the end. A machine is a Debian of
// mmdebstrap with Node from the npm registry, entered by chroot. Needs root, Debian, the npm
// registry, and minutes.
//   --only WAY   sources, package, nat or image
//   --packed     takes the tarballs in dist-packages as they are
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { imageWay, natWay, packageWay, sourcesWay } from './newcomer/ways.mjs';
import { root } from './steps.mjs';
import { builders, chromium, ensureTools, networks } from './tools.mjs';

const WAYS = { sources: sourcesWay, package: packageWay, nat: natWay, image: imageWay };

const options = process.argv.slice(2);
const only = options.includes('--only') ? options[options.indexOf('--only') + 1] : undefined;
if (only !== undefined && !Object.hasOwn(WAYS, only))
  fail(`There is no way "${only}": ${Object.keys(WAYS).join(', ')}.`);
if (process.getuid() !== 0) fail('`npm run newcomer` needs root: it makes machines and enters them by chroot.');
if (!ensureTools([...builders, ...networks, ...chromium])) process.exit(1);

const names = only === undefined ? Object.keys(WAYS) : [only];
const work = mkdtempSync(path.join(tmpdir(), 'waterbus-newcomer-'));
const lines = [];
try {
  const packed = options.includes('--packed') || names.every((name) => name === 'sources');
  if (!packed) run([process.execPath, 'scripts/pack.mjs', '--this-machine']);
  for (const name of names) {
    console.log(`\n==== ${name}`);
    lines.push(rowOf(name, await WAYS[name](work)));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log('\n| way | commands | of them, the longest | from the first command to the first call |');
console.log('| --- | --- | --- | --- |');
for (const line of lines) console.log(line);

/** Pictures and sound move both ways at the end of the last command. */
function rowOf(name, taken) {
  const [longest] = [...taken].sort((a, b) => b.seconds - a.seconds);
  const total = taken.reduce((sum, { seconds }) => sum + seconds, 0);
  const command = longest.command.length > 40 ? `${longest.command.slice(0, 40)}…` : longest.command;
  return `| ${name} | ${taken.length} | \`${command}\`, ${shown(longest.seconds)} | ${shown(total)} |`;
}

function shown(seconds) {
  return seconds < 60 ? `${seconds.toFixed(0)} s` : `${Math.floor(seconds / 60)} min ${(seconds % 60).toFixed(0)} s`;
}

function run([command, ...args]) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) fail(`${args.join(' ')} failed.`);
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
