import { parseArgs } from 'node:util';
import type { Attack } from './attack.js';
import { attacks } from './attacks/index.js';

export interface Options {
  attacks: Attack[];
  short: boolean;
  json: string | undefined;
}

export const usage = `npm run attack -- [--only NAME[,NAME]] [--short] [--json FILE]
  --only    one or several of ${attacks.map(({ name }) => name).join(', ')} (default: all)
  --short   smaller and shorter
  --json    writes all figures to this file`;

/** Throws an error for the reader on invalid words. */
export function readOptions(words: string[]): Options {
  const { values } = parseArgs({
    args: words,
    options: {
      only: { type: 'string', multiple: true },
      short: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const names = values.only?.flatMap((name) => name.split(',')).map((name) => name.trim());
  const unknown = names?.find((name) => !attacks.some((attack) => attack.name === name));
  if (unknown !== undefined) throw new Error(`There is no attack ${unknown}`);
  return {
    attacks: attacks.filter(({ name }) => !names || names.includes(name)),
    short: values.short,
    json: values.json,
  };
}
