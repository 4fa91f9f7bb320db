// The guides of the site: the documents of this repository, with their links in the form of the site.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Guides by group. Documents in `docs` without a group are in the last one but `Decisions`. */
const GROUPS = {
  'Run a server': ['install', 'operations', 'observability', 'kubernetes', 'load', 'faults', 'security'],
  'Use it from code': ['api', 'authorization', 'whip'],
  'How it works': [],
  Decisions: [],
};

/**
 * Writes a copy of each guide into `folder`, with its title and group, and one of the first page,
 * `landing.md`. Returns the files of the guides. A link to
 * another guide stays one, a picture is found, and a link to any other file becomes its text,
 * because the site has no sources.
 */
export function stageGuides(root, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const guides = guidesOf(root);
  const staged = new Map(guides.map(({ source, name }) => [path.join(root, source), name]));
  const landing = readFileSync(path.join(root, 'site/landing.md'), 'utf8');
  writeFileSync(path.join(folder, 'landing.md'), withLinksOfSite(landing, path.join(root, 'site'), staged, folder));
  return guides.map(({ source, name, group }) => {
    const text = readFileSync(path.join(root, source), 'utf8');
    const title = /^# (.+)$/m.exec(text)?.[1];
    if (!title) throw new Error(`${source} has no title`);
    const simple = withSimpleHeadings(text);
    const body = withLinksOfSite(simple, path.join(root, path.dirname(source)), staged, folder);
    const file = path.join(folder, `${name}.md`);
    writeFileSync(file, `---\ntitle: ${JSON.stringify(plain(title))}\ngroup: ${group}\n---\n\n${body}`);
    return file;
  });
}

function guidesOf(root) {
  const inDocs = namesIn(path.join(root, 'docs'));
  const grouped = Object.values(GROUPS).flat();
  const groupOf = (name) => Object.keys(GROUPS).find((group) => GROUPS[group].includes(name)) ?? 'How it works';
  return [
    ...[...grouped, ...inDocs.filter((name) => !grouped.includes(name))].map((name) => ({
      source: `docs/${name}.md`,
      name,
      group: groupOf(name),
    })),
    ...['client', 'react', 'embed', 'server-sdk'].map((name) => ({
      source: `packages/${name}/README.md`,
      name: `sdk-${name}`,
      group: 'Use it from code',
    })),
    { source: 'ARCHITECTURE.md', name: 'architecture', group: 'How it works' },
    ...namesIn(path.join(root, 'docs/decisions')).map((name) => ({
      source: `docs/decisions/${name}.md`,
      name,
      group: 'Decisions',
    })),
  ];
}

function namesIn(folder) {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -3))
    .sort();
}

/** `staged`: the name in `target` of each source. Links to files have no title in this repository. */
function withLinksOfSite(text, folder, staged, target) {
  return text.replace(/(!?)\[((?:[^\][]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g, (link, picture, label, address) => {
    if (/^(https?:|mailto:|#)/.test(address)) return link;
    const [file = '', anchor] = address.split('#');
    const source = path.join(folder, file);
    const name = staged.get(source);
    if (name) return `[${label}](${name}.md${anchor ? `#${anchor}` : ''})`;
    if (picture && existsSync(source)) return `![${label}](${path.relative(target, source)})`;
    return label;
  });
}

/**
 * Without code in headings, whose fragments then are the same as in the repository; diagrams are
 * shown as text.
 */
function withSimpleHeadings(text) {
  return text
    .split(/(^```[\s\S]*?^```)/m)
    .map((piece) =>
      piece.startsWith('```')
        ? piece.replace(/^```mermaid/, '```text')
        : piece.replace(/^#+ .*$/gm, (heading) => plain(heading)),
    )
    .join('');
}

/** A title without the marks of code. */
function plain(title) {
  return title.replaceAll('`', '');
}
