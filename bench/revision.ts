import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Another revision of this repository in a folder of its own. */
export interface Checkout {
  readonly tree: string;
  /** Runs a program of this Node.js in the tree; throws with its output when it fails. */
  node(...args: string[]): void;
  remove(): void;
}

/**
 * Checks a revision out. Its dependencies are those installed here, its own packages come from the
 * checkout.
 */
export function checkOut(revision: string): Checkout {
  const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-bench-'));
  const tree = path.join(folder, 'tree');
  const remove = () => {
    process.off('exit', remove);
    spawnSync('git', ['worktree', 'remove', '--force', tree], { cwd: ROOT });
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', remove);
  try {
    run('git', ['worktree', 'add', '--detach', tree, revision], ROOT);
    linkDependencies(tree);
  } catch (error) {
    remove();
    throw error;
  }
  return { tree, node: (...args) => run(process.execPath, args, tree), remove };
}

function linkDependencies(tree: string): void {
  const [from, to] = [path.join(ROOT, 'node_modules'), path.join(tree, 'node_modules')];
  mkdirSync(path.join(to, OWN), { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== OWN && name !== '.vite') symlinkSync(path.join(from, name), path.join(to, name));
  }
  for (const name of readdirSync(path.join(from, OWN))) {
    const here = realpathSync(path.join(from, OWN, name));
    const there = path.join(tree, path.relative(realpathSync(ROOT), here));
    if (!existsSync(there)) continue;
    symlinkSync(there, path.join(to, OWN, name));
    const nested = path.join(here, 'node_modules');
    if (existsSync(nested)) symlinkSync(nested, path.join(there, 'node_modules'));
  }
}

function run(command: string, args: string[], cwd: string): void {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OWN = '@waterbus';
