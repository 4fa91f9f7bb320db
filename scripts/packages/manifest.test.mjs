import { expect, it } from 'vitest';
import { importedPackages, publicManifest } from './manifest.mjs';

const own = {
  name: '@waterbus/example',
  version: '1.2.3',
  private: true,
  license: 'Apache-2.0',
  exports: {
    '.': { source: './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
    './testing/clock': './test/clock.ts',
    './floor': { source: './src/floor.ts', default: './dist/floor.js' },
  },
  scripts: { install: 'node build.mjs', fuzz: 'node fuzz.mjs' },
  dependencies: { zod: '4.0.0' },
  devDependencies: { vitest: '4.0.0' },
};

it('publishes neither entries of tests, nor sources, nor development', () => {
  expect(publicManifest(own, 'https://example.org/waterbus')).toEqual({
    name: '@waterbus/example',
    version: '1.2.3',
    license: 'Apache-2.0',
    repository: { type: 'git', url: 'git+https://example.org/waterbus.git' },
    scripts: { install: 'node build.mjs' },
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    dependencies: { zod: '4.0.0' },
  });
});

it('has no repository where none is known', () => {
  expect(publicManifest(own, undefined)).not.toHaveProperty('repository');
});

it('finds each imported package, of types too', () => {
  const text = [
    "import './local.js';",
    "import { a } from 'zod';",
    'import type { B,',
    "  C } from '@scope/name/deep/file.js';",
    "export * from 'other/entry';",
    "import 'effect';",
    "import { readFile } from 'node:fs';",
    "const late = await import('late');",
    "export declare const d: import('typed').D;",
    "const text = 'import x from nowhere';",
    'export const name = "none";',
    "export type Part = 'api' | 'ws';",
  ].join('\n');
  expect(importedPackages(text)).toEqual(['zod', '@scope/name', 'other', 'effect', 'late', 'typed']);
});
