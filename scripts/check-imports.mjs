// The arrows of ARCHITECTURE.md: the allowed imports between workspaces. Reads every import of
// every source file.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const arrows = {
  'packages/protocol': [],
  'packages/packet-io': [],
  'packages/media': [],
  'packages/media-host': ['media', 'packet-io'],
  'packages/cluster': ['protocol'],
  'packages/client': ['protocol'],
  'packages/server-sdk': ['protocol'],
  'apps/server-api': ['cluster', 'protocol'],
  'apps/server-ws': ['cluster', 'media-host', 'protocol'],
  'apps/web': ['client'],
  'apps/waterbus': ['server-api', 'server-ws', 'cluster', 'media-host', 'protocol'],
};
/**
 * Browsers offer these on https pages and localhost only. On another page, the lack of one once
 * lost a message.
 */
const SECURE_PAGES_ONLY = /\bcrypto\.(?:randomUUID|subtle)\b/;

/**
 * Further rules: `media` is pure, `web` makes no WebRTC calls of its own, the SDK does not depend
 * on React.
 */
const forbidden = {
  'packages/media': { imports: /^node:/, text: /\b(?:Buffer|setTimeout|setInterval|Date\.now|Math\.random)\b/ },
  'packages/protocol': { imports: /^node:/ },
  'packages/client': { imports: /^(?:node:|react)/, text: SECURE_PAGES_ONLY },
  'apps/web': {
    imports: /^(?:node:|mediasoup-client|socket\.io)/,
    text: new RegExp(`\\bRTCPeerConnection\\b|${SECURE_PAGES_ONLY.source}`),
  },
};

const problems = [];
let files = 0;
for (const [folder, allowed] of Object.entries(arrows)) {
  for (const file of sourceFiles(path.join(root, folder, 'src'))) {
    files += 1;
    check(folder, allowed, file);
  }
}
for (const problem of problems) console.error(problem);
console.log(`${files} files, ${problems.length} imports or names against the arrows`);
process.exit(problems.length === 0 ? 0 : 1);

function check(folder, allowed, file) {
  const text = readFileSync(file, 'utf8');
  const name = path.relative(root, file);
  for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    const own = /^@waterbus\/([^/]+)/.exec(specifier)?.[1];
    if (own && !allowed.includes(own))
      problems.push(`${name}: imports ${specifier}; allowed: ${allowed.join(', ') || 'nothing of ours'}`);
    if (
      specifier.startsWith('.') &&
      !path.resolve(path.dirname(file), specifier).startsWith(path.join(root, folder) + path.sep)
    ) {
      problems.push(`${name}: reaches outside its package by ${specifier}`);
    }
    if (forbidden[folder]?.imports?.test(specifier)) problems.push(`${name}: must not import ${specifier}`);
  }
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const word = forbidden[folder]?.text?.exec(code)?.[0];
  if (word) problems.push(`${name}: must not use ${word}`);
}

function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .map((entry) => path.join(folder, entry))
    .filter((file) => /\.tsx?$/.test(file) && !isTest(file));
}

function isTest(file) {
  return /\.(?:test|contract)\.tsx?$/.test(file);
}
