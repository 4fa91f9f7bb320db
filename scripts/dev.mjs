// `npm run dev`: the whole system from its sources. A changed server source restarts the servers, a
// changed page reloads in place, a changed C++ source compiles the addon and restarts the servers.
// Ctrl-C ends it.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { build } from './build.mjs';
import { root } from './steps.mjs';

const httpPort = process.env.HTTP_PORT ?? '8080';
const pagePort = process.env.PAGE_PORT ?? '5173';
const packetIo = path.join(root, 'packages/packet-io');
const programs = path.join(root, 'node_modules/.bin');

/**
 * tsx watches the imports of the main process only; media workers load these files and the addon.
 */
const loadedByWorkers = [
  ...['packages/media/src/**/*.ts', 'packages/media-host/src/**/*.ts', 'packages/packet-io/src/**/*.ts'],
  'packages/packet-io/build/Release/packet_io.node',
];

if (!build()) process.exit(1);

let exitCode = 0;
let ending = false;
let changed = false;
let compiling = false;
const children = new Map();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => end(0));

keep('The servers', [
  ...[path.join(programs, 'tsx'), 'watch', '--clear-screen=false', '--conditions=source'],
  ...loadedByWorkers.flatMap((files) => ['--include', files]),
  ...['--exclude', '**/*.test.ts', 'apps/waterbus/src/main.ts', 'start'],
]);
keep('Vite', [path.join(programs, 'vite'), 'apps/web', '--port', pagePort, '--strictPort', '--clearScreen', 'false'], {
  WATERBUS_URL: `http://localhost:${httpPort}`,
});
for (const name of ['native', 'binding.gyp', 'flags.gypi', 'src/words.ts'])
  watch(path.join(packetIo, name), compileSoon);
console.log(`\nPage with hot reload: http://localhost:${pagePort}. Ctrl-C ends everything.\n`);

/** Starts a program that development requires; the end of one ends all. */
function keep(what, [program, ...args], environment = {}) {
  // A process group of its own: Ctrl-C in the terminal reaches it once, from this process.
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    env: { ...process.env, HTTP_PORT: httpPort, ...environment },
  });
  children.set(child, what);
  child.on('error', (error) => console.error(`${what}: ${error.message}`));
  child.on('close', (code, signal) => {
    children.delete(child);
    if (!ending) console.error(`${what} ended (${signal ?? code}).`);
    end(ending ? exitCode : 1);
  });
}

/** An editor writes a file in several steps; one compilation follows all of them. */
async function compileSoon() {
  changed = true;
  if (compiling) return;
  compiling = true;
  while (changed && !ending) {
    await setTimeout(SETTLE);
    changed = false;
    if (!ending) await compile();
  }
  compiling = false;
}

function compile() {
  console.log('packet-io: the addon is compiled');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(packetIo, 'build.mjs')], { stdio: 'inherit', detached: true });
    children.set(child, 'The compiler');
    child.on('close', (code) => {
      children.delete(child);
      // The compiler has printed the reason; the servers continue with the last good addon.
      if (code === 0) console.log('packet-io: the addon is ready');
      else if (!ending) console.error('packet-io: not compiled; save again once it is mended');
      if (ending) end(exitCode);
      resolve();
    });
  });
}

/**
 * Ends all children, kills the process groups of those that do not stop, and exits after the last
 * one.
 */
function end(code) {
  if (!ending) {
    ending = true;
    exitCode = code;
    for (const child of children.keys()) child.kill('SIGTERM');
    void setTimeout(STOP_DEADLINE, undefined, { ref: false }).then(() => [...children.keys()].forEach(killGroup));
  }
  if (children.size === 0) process.exit(exitCode);
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** Milliseconds, in which an editor completes a save. */
const SETTLE = 100;

/** Milliseconds; the servers allow themselves 4.5 s after a signal. */
const STOP_DEADLINE = 8_000;
