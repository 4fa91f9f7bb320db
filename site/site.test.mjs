import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { brokenLinks } from './check-links.mjs';
import { stageGuides } from './guides.mjs';
import { withLandmarks } from './landmarks.mjs';

const scratch = mkdtempSync(path.join(tmpdir(), 'waterbus-site-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const write = (file, text) => {
  mkdirSync(path.dirname(path.join(scratch, file)), { recursive: true });
  writeFileSync(path.join(scratch, file), text);
};

it('finds links without a file and without a part', () => {
  write('built/index.html', '<a href="a/one.html#part">1</a> <a href="a/two.html">2</a> <a href="/docs/rest/">3</a>');
  write('built/a/one.html', '<h2 id="part"></h2><a href="#other">4</a> <a href="../index.html?x=1">5</a>');
  expect(brokenLinks(path.join(scratch, 'built'))).toEqual([
    'a/one.html: #other names no part of the page',
    'index.html: a/two.html is not there',
  ]);
});

it('keeps links between guides and pictures, and only the text of links to other files', () => {
  const names = ['install', 'operations', 'observability', 'kubernetes', 'load', 'faults', 'security'];
  for (const name of [...names, 'api', 'authorization', 'whip']) write(`docs/${name}.md`, `# ${name}\n`);
  for (const name of ['client', 'react', 'embed', 'server-sdk']) write(`packages/${name}/README.md`, `# ${name}\n`);
  write('docs/decisions/0001-a.md', '# 1. A decision\n');
  write('docs/images/a.svg', '<svg/>');
  write('ARCHITECTURE.md', '# Architecture\n');
  write('site/landing.md', '[first](../docs/install.md)\n');
  const text =
    '# Media: `layers`\n\n[a](install.md#b) [c](../packages/client/README.md) [d](../bench/x.ts) ![e](images/a.svg)';
  write('docs/media.md', `${text}\n\n## Of \`npm run x\`\n\n\`\`\`sh\n# \`kept\`\n\`\`\`\n`);
  const files = stageGuides(scratch, path.join(scratch, 'site/.guides'));
  const media = readFileSync(
    files.find((file) => file.endsWith('/media.md')),
    'utf8',
  );
  expect(media).toContain('---\ntitle: "Media: layers"\ngroup: How it works\n---');
  expect(media).toContain('[a](install.md#b) [c](sdk-client.md) d ![e](../../docs/images/a.svg)');
  expect(media).toContain('## Of npm run x\n');
  expect(media).toContain('# `kept`');
  expect(readFileSync(path.join(scratch, 'site/.guides/landing.md'), 'utf8')).toBe('[first](install.md)\n');
});

it('gives the content a landmark, and takes links out of the controls that open a section', () => {
  const link = '<a href="#classes" aria-label="Permalink" class="tsd-anchor-icon"><svg></svg></a>';
  const page = (icon) =>
    `<div class="col-content"><summary>\n<h2 id="classes">Classes${icon}</h2></summary><h3>Else${link}</h3></div>`;
  expect(withLandmarks(page(link))).toBe(page('').replace('"col-content"', '"col-content" role="main"'));
});
