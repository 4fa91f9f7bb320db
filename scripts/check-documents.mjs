// Checks that the links of documents have targets, and that files named in documents and comments
// exist.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const files = listed();
const places = new Set(files.flatMap((file) => [file, ...parents(file)]));
const WITH_COMMENTS = new Set(['.ts', '.tsx', '.mjs', '.cc', '.h', '.css']);
/** Files of other projects, and of the system. */
const OTHERS = /^(?:node_api|uv|sys|netinet|linux|openssl|std)\b/;
const faults = [];
let checked = 0;

for (const file of files) {
  const kind = path.extname(file);
  if (kind === '.md') checkDocument(file, readFileSync(path.join(root, file), 'utf8'));
  else if (WITH_COMMENTS.has(kind)) checkComments(file, readFileSync(path.join(root, file), 'utf8'));
}
for (const fault of faults) console.error(fault);
console.log(`${checked} links and file names, ${faults.length} without a target`);
process.exit(faults.length > 0 ? 1 : 0);

/** Without git, as in an archive of the sources: all files that are neither installed nor built. */
function listed() {
  try {
    const output = execFileSync('git', ['ls-files', '-z'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return output.split('\0').filter(Boolean);
  } catch {
    const all = readdirSync(root, { recursive: true, withFileTypes: true });
    const made = all
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.relative(root, path.join(parentPath, name)));
    return made.filter((file) => !/(?:^|\/)(?:node_modules|dist|build|\.git|\.test-output)\//.test(file));
  }
}

function checkDocument(file, text) {
  const prose = text.replaceAll(/^```.*?^```/gms, (block) => block.replaceAll(/[^\n]/g, ''));
  for (const { 1: target, index } of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    checked += 1;
    const [to, anchor] = target.split('#');
    const linked = to === '' ? file : path.posix.join(path.posix.dirname(file), to).replace(/\/$/, '');
    if (!places.has(linked)) fault(file, prose, index, `the link to ${target}`);
    else if (anchor && !anchorsOf(linked).has(anchor)) fault(file, prose, index, `the heading #${anchor} of ${linked}`);
  }
  for (const { 1: code, index } of prose.matchAll(/`([^`\n]+)`/g)) checkName(file, prose, index, code);
}

function checkComments(file, text) {
  for (const { 0: comment, index } of text.matchAll(/(?<![:"'`\w])\/\/[^\n]*|\/\*.*?\*\//gs)) {
    for (const { 0: name, index: at } of comment.matchAll(/[\w./@-]+\.\w+\b/g)) checkName(file, text, index + at, name);
  }
}

/**
 * Checks a name that looks like a file of this repository: a path or a name with a suffix of sources
 * or documents.
 */
function checkName(file, text, index, name) {
  if (!/^[\w@][\w./@-]*\.(?:ts|tsx|mjs|cc|h|md)$/.test(name) || OTHERS.test(name)) return;
  checked += 1;
  const near = path.posix.join(path.posix.dirname(file), name);
  if (places.has(near) || places.has(name) || files.some((other) => other.endsWith(`/${name}`))) return;
  fault(file, text, index, name);
}

function fault(file, text, index, what) {
  faults.push(`${file}:${text.slice(0, index).split('\n').length}: ${what} does not exist`);
}

/** The anchors that GitHub makes of headings. */
function anchorsOf(file) {
  const text = readFileSync(path.join(root, file), 'utf8');
  const headings = [...text.matchAll(/^#+ +(.+?)\s*$/gm)].map(([, heading]) => heading);
  return new Set(headings.map((heading) => slug(heading)));
}

function slug(heading) {
  const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
  return plain
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function parents(file) {
  const folder = path.posix.dirname(file);
  return folder === '.' ? [] : [folder, ...parents(folder)];
}
