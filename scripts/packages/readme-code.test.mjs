// The code blocks of the packages' READMEs compile under strict TypeScript, as a reader would use
// them: one program for each README, whose blocks follow each other in one function.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../steps.mjs';

const folder = mkdtempSync(path.join(root, 'node_modules/.readme-code-'));
beforeAll(() => {
  for (const [name, { readme, given }] of Object.entries(READMES)) {
    const markdown = readFileSync(path.join(root, readme), 'utf8');
    writeFileSync(fileOf(name), name === 'react' ? module(markdown, given) : program(markdown, given));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a README', () => {
  it('has quick starts that compile', { timeout: 300_000 }, () => {
    const files = Object.keys(READMES).map(fileOf);
    const checks = ['--noEmit', '--strict', '--noUncheckedIndexedAccess', '--skipLibCheck', '--ignoreConfig'];
    const target = ['--target', 'es2023', '--module', 'esnext', '--moduleResolution', 'bundler'];
    const types = [
      '--lib',
      'es2023,dom,dom.iterable',
      '--types',
      'node',
      '--customConditions',
      'source',
      '--jsx',
      'react-jsx',
    ];
    const args = [path.join(root, 'node_modules/typescript/bin/tsc'), ...checks, ...target, ...types, ...files];
    const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  it('is compiled with its code, and not without', () => {
    const text = program('```ts\nimport { join } from "@waterbus/client";\njoin();\n```\n```sh\nls\n```', '');
    expect(text).toContain('join();');
    expect(text).not.toContain('ls');
  });
});

const fileOf = (name) => path.join(folder, `${name}.${name === 'react' ? 'tsx' : 'ts'}`);

function program(markdown, given) {
  const { imports, bodies } = blocksOf(markdown, 'ts');
  const scopes = bodies.map((body) => `{\n${body}\n}`);
  return `${imports}\n${given}\nexport async function read() {\n${scopes.join('\n')}\n}\n`;
}

/** Blocks that export components: each stands at the top of one file. */
function module(markdown, given) {
  const { imports, bodies } = blocksOf(markdown, 'tsx');
  return `${imports}\n${given}\n${bodies.join('\n')}\n`;
}

function blocksOf(markdown, language) {
  const blocks = [...markdown.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code);
  const imports = new Set();
  const bodies = blocks.map((code) =>
    code.replace(/^import .* from '.*';$/gm, (line) => {
      imports.add(line);
      return '';
    }),
  );
  return { imports: merged([...imports]), bodies };
}

/** One import of each package, of all names that the blocks import or use with their neighbours. */
function merged(lines) {
  const names = new Map();
  for (const line of lines) {
    const [, list, from] = /^import \{ (.*) \} from '(.*)';$/.exec(line);
    names.set(from, new Set([...(names.get(from) ?? []), ...list.split(', ')]));
  }
  return [...names].map(([from, set]) => `import { ${[...set].join(', ')} } from '${from}';`).join('\n');
}

/** What the blocks name and do not define: the reader's own page. */
const READMES = {
  client: {
    readme: 'packages/client/README.md',
    given: `
import type { Call, RemoteParticipant, Source, Message, LocalParticipant } from '@waterbus/client';
import { testConnection } from '@waterbus/client';
declare const call: Call;
declare const participant: RemoteParticipant;
declare const video: HTMLVideoElement;
declare const button: HTMLButtonElement;
declare const email: string, password: string;
declare function show(...what: unknown[]): void;
declare function hide(participantId: string): void;
declare function badge(waiting: number): void;
declare function draw(by: RemoteParticipant | undefined, line: unknown): void;
declare function render(state: unknown): void;
declare function explain(...what: unknown[]): void;`,
  },
  react: {
    readme: 'packages/react/README.md',
    given: `
declare const call: Call;
declare const icons: Record<string, unknown>;
declare function IconButton(props: { icon: unknown; title: string; on: boolean; onClick: () => void; [aria: \`aria-\${string}\`]: unknown }): null;
declare function RaiseHand(): null;`,
  },
  'server-sdk': {
    readme: 'packages/server-sdk/README.md',
    given: `
import { verifyWebhook } from '@waterbus/server-sdk';
declare const waterbus: WaterbusServer;
declare const request: { headers: Record<string, string | string[] | undefined> };
declare const rawBody: Buffer;`,
  },
  repository: {
    readme: 'README.md',
    given: 'declare function show(name: string, track: MediaStreamTrack): void;',
  },
};
