// `npm run pack`: builds the tarballs of all published packages into dist-packages.
//   --this-machine  compiles the addon for this processor only; needs no cross compiler
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { BUDGETS } from './packages/budgets.mjs';
import { publishable, stage } from './packages/stage.mjs';
import { root } from './steps.mjs';
import { crossCompilers, ensureTools } from './tools.mjs';

const output = path.join(root, 'dist-packages');
const thisMachine = process.argv.includes('--this-machine');

if (!thisMachine && !ensureTools(crossCompilers)) process.exit(1);
// The packages contain the portable addon, not the one of this machine.
if (!build({ addon: false })) process.exit(1);
rmSync(output, { recursive: true, force: true });
mkdirSync(output);
const repository = repositoryUrl();
const faults = publishable().flatMap((workspace) => pack(workspace));
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);

function pack(workspace) {
  const { name } = workspace.own;
  const target = path.join(output, 'staged', name.replace('/', '-'));
  mkdirSync(target, { recursive: true });
  if (name === '@waterbus/packet-io') compileAddon(workspace.folder, target);
  if (name === 'waterbus') addPage(target);
  const faults = stage(workspace, target, repository);
  const [{ filename, size, entryCount }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', output], target),
  );
  const kilobytes = Math.ceil(size / 1000);
  console.log(`${filename.padEnd(36)} ${String(kilobytes).padStart(5)} kB ${String(entryCount).padStart(4)} files`);
  const budget = BUDGETS[name] ?? 0;
  return kilobytes > budget ? [...faults, `${name} has ${kilobytes} kB, more than its ${budget} kB`] : faults;
}

function compileAddon(folder, target) {
  const prebuilds = path.join(target, 'prebuilds');
  mkdirSync(prebuilds, { recursive: true });
  run(process.execPath, ['prebuild.mjs', prebuilds, ...(thisMachine ? [process.arch] : [])], folder);
  rmSync(path.join(prebuilds, 'generated'), { recursive: true });
}

function addPage(target) {
  cpSync(path.join(root, 'apps/web/dist'), path.join(target, 'page'), { recursive: true });
  run(process.execPath, ['site/build.mjs'], root);
  cpSync(path.join(root, 'site/dist'), path.join(target, 'site'), { recursive: true });
}

/** Provenance binds a package to the repository whose workflow built it. */
function repositoryUrl() {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
  return GITHUB_REPOSITORY && `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;
}

function run(command, args, cwd) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status === 0) return stdout;
  console.error(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}
