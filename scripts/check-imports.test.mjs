import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkImports } from './check-imports.mjs';

let root;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'waterbus-imports-'));
  write('ARCHITECTURE.md', ARCHITECTURE);
  write('packages/ground/package.json', packageJson('ground', { exports: { '.': 'x', './testing/clock': 'x' } }));
  write('packages/ground/src/index.ts', '');
  write('apps/server/package.json', packageJson('server', { dependencies: { '@waterbus/ground': '1' } }));
  write('apps/server/src/low/low.ts', "import { ground } from '@waterbus/ground';");
  write('apps/server/src/high/nested/high.ts', "import type { low } from '../../low/low.js';");
  write('apps/server/src/high/special.ts', "import { low } from '../low/low.js';");
  write('apps/server/src/index.ts', "export { high } from './high/nested/high.js';");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the import check', () => {
  it('accepts imports of lower floors, and of packages in the row', () => {
    expect(checkImports(root)).toEqual({ files: 5, problems: [] });
  });

  it('finds an import of a higher floor, also of a type', () => {
    write('apps/server/src/low/low.ts', "import type { high } from '../high/nested/high.js';");
    expect(checkImports(root).problems).toEqual([
      'apps/server/src/low/low.ts: imports src/high/nested/high.js: `high` is above `low` in ARCHITECTURE.md',
    ]);
  });

  it('finds a circle of two folders in any order of their floors', () => {
    write('apps/server/src/low/low.ts', "import { high } from '../high/nested/high.js';");
    const upsideDown = ARCHITECTURE.replace('`low`, `high/special.ts`, `high`', '`high`, `high/special.ts`, `low`');
    for (const document of [ARCHITECTURE, upsideDown]) {
      write('ARCHITECTURE.md', document);
      expect(checkImports(root).problems).not.toEqual([]);
    }
  });

  it('gives a file inside a folder a floor of its own', () => {
    write('apps/server/src/high/special.ts', "import { high } from './nested/high.js';");
    expect(checkImports(root).problems).toEqual([
      'apps/server/src/high/special.ts: imports src/high/nested/high.js: `high` is above `high/special.ts` in ARCHITECTURE.md',
    ]);
  });

  it('finds sources without a floor, and floors without sources', () => {
    write('apps/server/src/unknown/new.ts', '');
    rmSync(path.join(root, 'apps/server/src/high/special.ts'));
    expect(checkImports(root).problems).toEqual([
      'apps/server/src/unknown/new.ts: has no floor in ARCHITECTURE.md',
      'ARCHITECTURE.md: apps/server has no floor `high/special.ts`',
    ]);
  });

  it('finds packages outside the row, and test entries in production code', () => {
    write('packages/ground/src/index.ts', "import { server } from '@waterbus/server';");
    write('apps/server/src/low/low.ts', "import { Clock } from '@waterbus/ground/testing/clock';");
    expect(checkImports(root).problems).toEqual([
      'packages/ground/src/index.ts: imports @waterbus/server; allowed: nothing of ours',
      'apps/server/src/low/low.ts: imports @waterbus/ground/testing/clock, which is for tests and benchmarks',
    ]);
  });

  it('lets tests import any floor and exported entries, and no path of another workspace', () => {
    write('apps/server/src/low/low.test.ts', "import { high } from '../high/nested/high.js';");
    write('apps/server/test/one.ts', "import { Clock } from '@waterbus/ground/testing/clock';");
    expect(checkImports(root).problems).toEqual([]);
    write('apps/server/test/two.ts', "import { Clock } from '../../../packages/ground/test/clock.js';");
    write('apps/server/test/three.ts', "import { Clock } from '@waterbus/ground/test/clock';");
    write('packages/ground/test/four.ts', "import { start } from '@waterbus/server';");
    expect(checkImports(root).problems.toSorted()).toEqual([
      'apps/server/test/three.ts: imports @waterbus/ground/test/clock, which @waterbus/ground does not export',
      'apps/server/test/two.ts: imports ../../../packages/ground/test/clock.js of another workspace by its path',
      'packages/ground/test/four.ts: imports @waterbus/server, which its package.json does not list',
    ]);
  });

  it('finds workspaces whose tests depend on each other', () => {
    write('e2e/package.json', packageJson('e2e', { devDependencies: { '@waterbus/server': '1' } }));
    write('bench/package.json', packageJson('bench', { devDependencies: { '@waterbus/e2e': '1' } }));
    expect(checkImports(root).problems).toEqual([]);
    write('e2e/package.json', packageJson('e2e', { devDependencies: { '@waterbus/bench': '1' } }));
    expect(checkImports(root).problems).toEqual([
      'e2e/package.json: depends on itself through other workspaces',
      'bench/package.json: depends on itself through other workspaces',
    ]);
  });

  it('finds a diagram that differs from the table', () => {
    write('ARCHITECTURE.md', ARCHITECTURE.replace('server --> ground', 'ground --> server'));
    expect(checkImports(root).problems).toEqual([
      'ARCHITECTURE.md: the diagram draws ground → server, the table does not list it',
      'ARCHITECTURE.md: the table lists server → ground, the diagram does not draw it',
    ]);
  });
});

function write(name, text) {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function packageJson(name, more) {
  return JSON.stringify({ name: `@waterbus/${name}`, exports: { '.': 'x' }, ...more });
}

const ARCHITECTURE = `
| \`packages/ground\` | the ground | – |
| \`apps/server\` | a server | ground |

\`\`\`mermaid
flowchart TD
  server --> ground
\`\`\`

| \`apps/server\` | \`low\`, \`high/special.ts\`, \`high\`, \`index.ts\` |
`;
