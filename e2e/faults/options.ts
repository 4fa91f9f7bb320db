import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { notInShort, type ScenarioName, scenarioNames } from './scenario.js';
import { isScenarioName } from './scenarios/index.js';
import { seededRandom } from './seeded-random.js';

export interface Options {
  names: ScenarioName[];
  runs: number;
  seed: number;
  /** The file of the report; histories of broken runs go beside it. */
  json: string | undefined;
  short: boolean;
}

export const usage = `npm run faults -- [--only NAME[,NAME]] [--pick N] [--runs N] [--seed S] [--json FILE] [--short]
  --only    one or several of ${scenarioNames.join(', ')} (default: all; with --short without ${notInShort})
  --pick    so many of them, chosen by the seed (default: each)
  --runs    of each (default 1)
  --seed    a whole number (default: a new one, which is printed)
  --json    writes all figures to this file, and histories of broken runs beside it
  --short   shorter outages, fewer clients; times are printed, and judged in the full form only`;

/** Throws an error for the reader on invalid words. */
export function readOptions(words: string[]): Options {
  const { values } = parseArgs({
    args: words,
    options: {
      only: { type: 'string', multiple: true },
      pick: { type: 'string' },
      runs: { type: 'string', default: '1' },
      seed: { type: 'string' },
      json: { type: 'string' },
      short: { type: 'boolean', default: false },
    },
  });
  const seed = values.seed === undefined ? randomInt(2 ** 31) : wholeNumber('seed', values.seed, 0);
  const names = namesOf(values.only, values.short);
  return {
    names: values.pick === undefined ? names : picked(names, wholeNumber('pick', values.pick, 1), seed),
    runs: wholeNumber('runs', values.runs, 1),
    seed,
    json: values.json,
    short: values.short,
  };
}

function namesOf(only: string[] | undefined, short: boolean): ScenarioName[] {
  if (!only) return scenarioNames.filter((name) => !short || name !== notInShort);
  const names = only.flatMap((words) => words.split(',')).map((name) => name.trim());
  return names.map((name) => {
    if (!isScenarioName(name)) throw new Error(`There is no scenario ${name}`);
    return name;
  });
}

/** In their order. */
function picked(names: ScenarioName[], count: number, seed: number): ScenarioName[] {
  const places = new Map(names.map((name) => [name, seededRandom('pick', seed, name)()]));
  const chosen = [...names].sort((one, other) => places.get(one)! - places.get(other)!).slice(0, count);
  return names.filter((name) => chosen.includes(name));
}

function wholeNumber(what: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${what} takes a whole number from ${least} on`);
  return value;
}
