// Copies what a published package contains into a folder of its own.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { root } from '../steps.mjs';
import { importedPackages, publicManifest } from './manifest.mjs';

/** Workspaces with `publishConfig` are published. Returns their folders and manifests. */
export function publishable() {
  return ['packages', 'apps']
    .flatMap((parent) => readdirSync(path.join(root, parent)).map((name) => path.join(root, parent, name)))
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .map((folder) => ({ folder, own: readJson(path.join(folder, 'package.json')) }))
    .filter(({ own }) => own.publishConfig);
}

/**
 * Files that are in the target before (the page, the prebuilt addon) stay. Returns the faults that
 * would break the package for its users.
 */
export function stage({ folder, own }, target, repository) {
  mkdirSync(target, { recursive: true });
  const manifest = publicManifest(own, repository);
  writeFileSync(path.join(target, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  for (const name of own.files) if (!existsSync(path.join(target, name))) copy(folder, target, name);
  cpSync(path.join(root, 'LICENSE'), path.join(target, 'LICENSE'));
  const readme = own.bin ? path.join(root, 'README.md') : path.join(folder, 'README.md');
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : `# ${own.name}\n\n${own.description}.\n`;
  writeFileSync(path.join(target, 'README.md'), text);
  return undeclared(target, manifest);
}

function copy(folder, target, name) {
  const source = path.join(folder, name);
  if (name !== 'dist') return cpSync(source, path.join(target, name), { recursive: true });
  for (const file of readdirSync(source, { recursive: true })) {
    if (!isCurrent(folder, file)) continue;
    const place = path.join(target, name, file);
    mkdirSync(path.dirname(place), { recursive: true });
    // The sources are not in the package, so that a source map would refer to nothing.
    const text = readFileSync(path.join(source, file), 'utf8').replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');
    writeFileSync(place, text);
  }
}

/** `tsc -b` leaves the output of deleted sources behind. */
function isCurrent(folder, file) {
  const module = /^(.+?)(?:\.d\.ts|\.js)$/.exec(file)?.[1];
  return module !== undefined && ['ts', 'tsx'].some((end) => existsSync(path.join(folder, 'src', `${module}.${end}`)));
}

function undeclared(target, { name, dependencies, peerDependencies }) {
  const declared = new Set([name, ...Object.keys({ ...dependencies, ...peerDependencies }), ...builtinModules]);
  const files = readdirSync(path.join(target, 'dist'), { recursive: true }).map((file) => path.join('dist', file));
  return files.flatMap((file) => {
    const place = path.join(target, file);
    if (!statSync(place).isFile()) return [];
    const missing = importedPackages(readFileSync(place, 'utf8')).filter((imported) => !declared.has(imported));
    return missing.map((imported) => `${name}: ${file} imports ${imported}, which is no dependency`);
  });
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
