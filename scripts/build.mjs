// Builds all outdated parts: the addon (node-gyp), the TypeScript projects (tsc -b), the web app
// (vite).
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const webSources = ['apps/web', 'packages/client', 'packages/embed', 'packages/protocol', 'packages/react'];

/** Returns false after a failed step; the step has printed the reason. */
export function build({ addon = true } = {}) {
  if (!existsSync(path.join(root, 'node_modules', 'typescript'))) {
    console.error('The dependencies are not installed. Run `npm ci` first.');
    return false;
  }
  return (
    (!addon || run('packet-io addon', 'packages/packet-io', [process.execPath, 'build.mjs'])) &&
    run('TypeScript', '.', [bin('tsc'), '-b']) &&
    (webIsFresh() || run('web app', 'apps/web', [bin('vite'), 'build', '--logLevel', 'warn']))
  );
}

function run(what, folder, [command, ...args]) {
  console.error(`Building what is out of date: ${what}…`);
  const { status, error } = spawnSync(command, args, { cwd: path.join(root, folder), stdio: 'inherit' });
  if (status === 0) return true;
  console.error(`Building the ${what} failed${error ? `: ${error.message}` : '; the lines above say why'}.`);
  return false;
}

function bin(name) {
  return path.join(root, 'node_modules', '.bin', name);
}

function webIsFresh() {
  const page = path.join(root, 'apps/web/dist/index.html');
  if (!existsSync(page)) return false;
  const built = statSync(page).mtimeMs;
  return webSources.every((folder) => newest(path.join(root, folder)) < built);
}

function newest(folder) {
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['dist', 'build', 'node_modules', 'test'].includes(entry.name)) continue;
    const file = path.join(folder, entry.name);
    time = Math.max(time, entry.isDirectory() ? newest(file) : statSync(file).mtimeMs);
  }
  return time;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exit(build() ? 0 : 1);
