// Reads the descriptor words of src/words.ts and makes the C++ header of them; with `--copy` also
// the copy of the media engine.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
export const wordsFile = join(root, 'src', 'words.ts');

/**
 * Writes the header into a folder, unless it is there already: a newer file would be compiled again.
 * `ReceiveWord.Kind` becomes `kReceiveKind`, `SendFlag.Rtp` becomes `kSendFlagRtp`, and
 * `SEND_WORDS` becomes `kSendWords`.
 */
export async function writeWordsHeader(folder) {
  const lines = Object.entries(await words()).map(([name, value]) =>
    typeof value === 'number' ? constant(camelCase(name), value) : enumeration(name, value),
  );
  const header = [
    '#pragma once',
    '// The descriptor words. Made by words.mjs of src/words.ts.',
    '',
    'namespace packet_io {',
    '',
    ...lines,
    '',
    '}  // namespace packet_io',
    '',
  ].join('\n');
  mkdirSync(folder, { recursive: true });
  writeIfChanged(join(folder, 'words.h'), header);
}

/** The file has no types but `as const`, so that without these it is JavaScript. */
function words() {
  const source = readFileSync(wordsFile, 'utf8').replaceAll(' as const;', ';');
  return import(`data:text/javascript,${encodeURIComponent(source)}`);
}

function enumeration(name, members) {
  const prefix = `k${name.replace(/Word$/, '')}`;
  const entries = Object.entries(members).map(([member, value]) => `${prefix}${member} = ${value}`);
  return `enum ${name.endsWith('Word') ? name : `${name}Value`} { ${entries.join(', ')} };`;
}

function constant(name, value) {
  return `constexpr int k${name} = ${value};`;
}

function camelCase(name) {
  return name.toLowerCase().replaceAll(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase());
}

function writeIfChanged(path, text) {
  try {
    if (readFileSync(path, 'utf8') === text) return;
  } catch {
    // There is none yet.
  }
  writeFileSync(path, text);
}

if (process.argv[2] === '--copy' && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const copy = join(root, '..', 'media', 'src', 'port', 'words.ts');
  writeFileSync(
    copy,
    `// A copy of packages/packet-io/src/words.ts, made by its words.mjs.\n\n${readFileSync(wordsFile, 'utf8')}`,
  );
}
