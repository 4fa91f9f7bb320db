// Checks the imports of every source file against ARCHITECTURE.md: the arrows between workspaces
// (its table of parts), the floors of folders inside a workspace (its table of floors), and its
// diagram of arrows. The document is the only definition.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Returns the number of files and the problems, a line each, of the repository in this folder. */
export function checkImports(root) {
  const document = readFileSync(path.join(root, 'ARCHITECTURE.md'), 'utf8');
  const { arrows, floors } = tables(document);
  const workspaces = new Map(workspaceFolders(root).map((folder) => [folder, packageOf(root, folder)]));
  const problems = [...diagramProblems(document, arrows)];
  let files = 0;
  for (const folder of workspaces.keys()) {
    for (const file of sourceFiles(path.join(root, folder))) {
      files += 1;
      const name = path.relative(root, file);
      problems.push(
        ...fileProblems({ root, folder, file, workspaces, arrows, floors }).map((text) => `${name}: ${text}`),
      );
    }
  }
  for (const [folder, order] of floors) problems.push(...missingFloors(root, folder, order));
  problems.push(...dependencyCircles(workspaces));
  return { files, problems };
}

/**
 * `arrows`: by workspace, the names of the packages that it may import. `floors`: by workspace, its
 * folders and files below `src` from the ground up.
 */
function tables(document) {
  const arrows = new Map();
  for (const [, folder, imports] of document.matchAll(/^\| `((?:packages|apps)\/[\w-]+)` \|[^|]*\|([^|]*)\|$/gm)) {
    arrows.set(
      folder,
      imports
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '–'),
    );
  }
  const floors = new Map();
  for (const [, folder, order] of document.matchAll(/^\| `((?:packages|apps)\/[\w-]+)` \|([^|]*)\|$/gm)) {
    floors.set(
      folder,
      [...order.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    );
  }
  return { arrows, floors };
}

function fileProblems({ root, folder, file, workspaces, arrows, floors }) {
  const text = readFileSync(file, 'utf8');
  const inside = path.relative(path.join(root, folder), file);
  const isProduction = inside.startsWith(`src${path.sep}`) && !isTest(file);
  const problems = [];
  for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    if (specifier.startsWith('.')) {
      const target = path.relative(path.join(root, folder), path.resolve(path.dirname(file), specifier));
      if (target.startsWith('..')) problems.push(`imports ${specifier} of another workspace by its path`);
      else if (isProduction) problems.push(...floorProblems(floors.get(folder), inside, target));
    } else if (/^@waterbus\//.test(specifier)) {
      const own = isProduction
        ? arrowProblems(arrows.get(folder), specifier)
        : testProblems(workspaces, folder, specifier);
      problems.push(...own);
    }
    if (isProduction && forbidden[folder]?.imports?.test(specifier)) problems.push(`must not import ${specifier}`);
  }
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const word = isProduction && forbidden[folder]?.text?.exec(code)?.[0];
  if (word) problems.push(`must not use ${word}`);
  return problems;
}

/** Production code imports the main entry of the packages of its row. */
function arrowProblems(allowed = [], specifier) {
  const [, name, entry] = specifier.split('/');
  if (!allowed.includes(name)) return [`imports ${specifier}; allowed: ${allowed.join(', ') || 'nothing of ours'}`];
  return entry === undefined ? [] : [`imports ${specifier}, which is for tests and benchmarks`];
}

/** Tests and benchmarks import what a package exports, and declare the package. */
function testProblems(workspaces, folder, specifier) {
  const [, name, ...rest] = specifier.split('/');
  const entry = ['.', ...rest].join('/');
  const target = [...workspaces.values()].find((own) => own.name === `@waterbus/${name}`);
  const { name: self, dependencies, devDependencies } = workspaces.get(folder);
  if (!target?.exports?.[entry]) return [`imports ${specifier}, which @waterbus/${name} does not export`];
  const isDeclared = { ...dependencies, ...devDependencies }[target.name] !== undefined;
  return isDeclared || target.name === self ? [] : [`imports ${specifier}, which its package.json does not list`];
}

/** Workspaces depend on each other in one direction, also for their tests. */
function dependencyCircles(workspaces) {
  const byName = new Map([...workspaces.values()].map((own) => [own.name, own]));
  const below = ({ dependencies, devDependencies }) =>
    Object.keys({ ...dependencies, ...devDependencies }).flatMap((name) => byName.get(name) ?? []);
  const reached = (own) => {
    const found = new Set(below(own));
    // A set also iterates over what is added meanwhile.
    for (const next of found) for (const further of below(next)) found.add(further);
    return found;
  };
  return [...workspaces]
    .filter(([, own]) => reached(own).has(own))
    .map(([folder]) => `${folder}/package.json: depends on itself through other workspaces`);
}

/** A file imports files of its own floor and of lower ones. */
function floorProblems(order, from, to) {
  if (!order) return [];
  const [above, below] = [floorOf(order, from), floorOf(order, to)];
  if (above === -1 || below === -1 || below <= above) return [];
  return [`imports ${to}: \`${order[below]}\` is above \`${order[above]}\` in ARCHITECTURE.md`];
}

/** The most specific floor of a file, given below `src` or not; -1: none. */
function floorOf(order, inside) {
  const name = inside
    .split(path.sep)
    .slice(1)
    .join('/')
    .replace(/\.[jt]sx?$/, '');
  const matches = order.filter((floor) => {
    const plain = floor.replace(/\.[jt]sx?$/, '');
    return name === plain || (plain === floor && name.startsWith(`${floor}/`));
  });
  return order.indexOf(matches.toSorted((one, other) => other.length - one.length)[0]);
}

/** Sources without a floor, and floors without sources. */
function missingFloors(root, folder, order) {
  const files = sourceFiles(path.join(root, folder, 'src')).filter((file) => !isTest(file));
  const inside = files.map((file) => path.relative(path.join(root, folder), file));
  const used = new Set(inside.map((file) => floorOf(order, file)));
  return [
    ...inside
      .filter((file) => floorOf(order, file) === -1)
      .map((file) => `${folder}/${file}: has no floor in ARCHITECTURE.md`),
    ...order
      .filter((_, floor) => !used.has(floor))
      .map((floor) => `ARCHITECTURE.md: ${folder} has no floor \`${floor}\``),
  ];
}

/** The diagram shows arrows of the table, and all others follow from them. */
function diagramProblems(document, arrows) {
  const allowed = new Map([...arrows].map(([folder, names]) => [path.basename(folder), names]));
  const drawn = new Map();
  for (const [, line] of (/flowchart TD\n([\s\S]*?)```/.exec(document)?.[1] ?? '').matchAll(/^\s*(.+-->.+)$/gm)) {
    const groups = line.split('-->').map((group) => group.split('&').map((name) => name.trim()));
    for (const [index, group] of groups.slice(0, -1).entries()) {
      for (const from of group) drawn.set(from, [...(drawn.get(from) ?? []), ...groups[index + 1]]);
    }
  }
  const reached = (from) => (drawn.get(from) ?? []).flatMap((to) => [to, ...reached(to)]);
  const problems = [];
  for (const [from, names] of drawn) {
    for (const to of names) {
      if (!allowed.get(from)?.includes(to))
        problems.push(`ARCHITECTURE.md: the diagram draws ${from} → ${to}, the table does not list it`);
    }
  }
  for (const [from, names] of allowed) {
    for (const to of names) {
      if (!reached(from).includes(to))
        problems.push(`ARCHITECTURE.md: the table lists ${from} → ${to}, the diagram does not draw it`);
    }
  }
  return problems;
}

function workspaceFolders(root) {
  const below = ['packages', 'apps'].flatMap((folder) =>
    existsSync(path.join(root, folder)) ? readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`) : [],
  );
  return [...below, 'e2e', 'bench'].filter((folder) => existsSync(path.join(root, folder, 'package.json')));
}

function packageOf(root, folder) {
  return JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
}

function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_SOURCES.has(entry.name) ? [] : sourceFiles(file);
    return /\.tsx?$/.test(entry.name) ? [file] : [];
  });
}

function isTest(file) {
  return /\.(?:test|contract)\.tsx?$/.test(file);
}

const NOT_SOURCES = new Set(['node_modules', 'dist', 'build']);

/**
 * Browsers offer these on https pages and localhost only. On another page, the lack of one once
 * lost a message.
 */
const SECURE_PAGES_ONLY = /\bcrypto\.(?:randomUUID|subtle)\b/;

/** Connections are the SDK's. */
const AROUND_THE_SDK = {
  imports: /^(?:node:|mediasoup-client|socket\.io)/,
  text: new RegExp(`\\bRTCPeerConnection\\b|${SECURE_PAGES_ONLY.source}`),
};

/**
 * Further rules: `media` is pure, `web` and `react` make no WebRTC calls of their own, the SDK does
 * not depend on React.
 */
const forbidden = {
  'packages/media': { imports: /^node:/, text: /\b(?:Buffer|setTimeout|setInterval|Date\.now|Math\.random)\b/ },
  'packages/protocol': { imports: /^node:/ },
  'packages/client': { imports: /^(?:node:|react)/, text: SECURE_PAGES_ONLY },
  'packages/react': AROUND_THE_SDK,
  'apps/web': AROUND_THE_SDK,
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { files, problems } = checkImports(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
  for (const problem of problems) console.error(problem);
  console.log(`${files} files, ${problems.length} imports or names against the arrows and floors`);
  process.exit(problems.length === 0 ? 0 : 1);
}
