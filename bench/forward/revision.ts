import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { createMediaHost } from '@waterbus/media-host';

/** Another revision of this repository, with its addon, to be run beside this one. */
export interface Revision {
  createMediaHost: typeof createMediaHost;
  remove(): void;
}

/** Checks a revision out in a folder of its own, compiles its addon, and loads its media host. The dependencies are those installed here. */
export async function checkOut(revision: string): Promise<Revision> {
  const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-bench-'));
  const tree = path.join(folder, 'tree');
  const remove = () => {
    spawnSync('git', ['worktree', 'remove', '--force', tree], { cwd: ROOT });
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    run('git', ['worktree', 'add', '--detach', tree, revision], ROOT);
    linkDependencies(tree);
    run(process.execPath, ['packages/packet-io/build.mjs'], tree);
    const entry = pathToFileURL(path.join(tree, 'packages/media-host/src/index.ts')).href;
    return { createMediaHost: (await import(entry)).createMediaHost, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Everything installed here, but its own packages: those are links into the tree. */
function linkDependencies(tree: string): void {
  const [from, to] = [path.join(ROOT, 'node_modules'), path.join(tree, 'node_modules')];
  mkdirSync(path.join(to, OWN), { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== OWN && name !== '.vite') symlinkSync(path.join(from, name), path.join(to, name));
  }
  for (const name of ['media', 'media-host', 'packet-io']) {
    symlinkSync(path.join(tree, 'packages', name), path.join(to, OWN, name));
    const nested = path.join(ROOT, 'packages', name, 'node_modules');
    if (existsSync(nested)) symlinkSync(nested, path.join(tree, 'packages', name, 'node_modules'));
  }
}

function run(command: string, args: string[], cwd: string): void {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OWN = '@waterbus';
