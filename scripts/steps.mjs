// Runs the steps of a check in sequence, and prints the time of each at the end.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const BIN = path.join(root, 'node_modules/.bin');
const taken = [];

/**
 * Returns whether the program succeeded. A name without a folder is npm, or a program of an
 * installed package.
 */
export function step(what, [command, ...args], environment = {}) {
  console.log(`\n== ${what}`);
  const begun = performance.now();
  const program = command === 'npm' || command.includes(path.sep) ? command : path.join(BIN, command);
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  const ok = status === 0;
  if (!ok) console.error(`== ${what}: failed${error ? ` (${error.message})` : ''}`);
  taken.push({ what, ok, seconds: (performance.now() - begun) / 1000 });
  return ok;
}

/** Seconds by step, for the reader; no step fails because of its time. */
export function printTimes() {
  const width = Math.max(...taken.map(({ what }) => what.length));
  const total = taken.reduce((sum, { seconds }) => sum + seconds, 0);
  console.log();
  for (const { what, ok, seconds } of [...taken, { what: 'all', ok: taken.every(({ ok }) => ok), seconds: total }]) {
    console.log(`${what.padEnd(width)} ${seconds.toFixed(1).padStart(7)} s${ok ? '' : '  failed'}`);
  }
}
