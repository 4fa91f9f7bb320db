import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUDGETS } from './budgets.mjs';
import { importedPackages } from './manifest.mjs';
import { publishable } from './stage.mjs';

const published = publishable();
const names = new Set(published.map(({ own }) => own.name));

describe.each(published.map(({ folder, own }) => [own.name, folder, own]))('%s', (name, folder, own) => {
  it('is described, lists its files and has a limit of size', () => {
    expect(own).toMatchObject({ description: expect.any(String), files: expect.arrayContaining(['dist']) });
    expect(own.publishConfig).toEqual({ access: 'public', provenance: true });
    expect(BUDGETS[name]).toBeGreaterThan(0);
  });

  it('depends only on packages that are published too', () => {
    const ours = Object.keys(own.dependencies ?? {}).filter((dependency) => dependency.startsWith('@waterbus/'));
    expect(ours.filter((dependency) => !names.has(dependency))).toEqual([]);
  });

  it('declares each package that its sources import', () => {
    const declared = new Set([
      name,
      ...Object.keys({ ...own.dependencies, ...own.peerDependencies }),
      ...builtinModules,
    ]);
    const missing = sources(path.join(folder, 'src')).flatMap((file) =>
      importedPackages(readFileSync(file, 'utf8'))
        .filter((imported) => !declared.has(imported))
        .map((imported) => `${path.relative(folder, file)}: ${imported}`),
    );
    expect(missing).toEqual([]);
  });
});

function sources(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(?:test|contract)\.tsx?$/.test(file))
    .map((file) => path.join(folder, file));
}
