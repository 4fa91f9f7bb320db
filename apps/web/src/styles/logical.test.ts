import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

// Arabic is read from right to left: no rule may name a side of the screen.

const folder = fileURLToPath(new URL('.', import.meta.url));

it.each(readdirSync(folder).filter((name) => name.endsWith('.css')))(
  'has the same sides in both directions: %s',
  (name) => {
    const sided = readFileSync(`${folder}/${name}`, 'utf8')
      .split('\n')
      .filter((line) => namesSide(line) || differsBySide(line));
    expect(sided).toEqual([]);
  },
);

/** `margin-left`, `text-align: right`. `left: 50%` with a translation is the centre in both. */
function namesSide(line: string): boolean {
  return /^\s*(?:[a-z-]+-(?:left|right)\b.*:|(?:text-align|float|clear): (?:left|right)|right:|left: (?!50%))/.test(
    line,
  );
}

/** Four values, the second of which is not the fourth; of corners, the first two and the last two. */
function differsBySide(line: string): boolean {
  const [, property, values] =
    /^\s*(padding|margin|inset|border-(?:width|radius|style|color)):\s*([^;]*);/.exec(line) ?? [];
  const [a, b, c, d] = values?.match(/[a-z]+\((?:[^()]|\([^()]*\))*\)|\S+/g) ?? [];
  if (d === undefined || values!.includes('safe-area')) return false;
  return property === 'border-radius' ? a !== b || c !== d : b !== d;
}
