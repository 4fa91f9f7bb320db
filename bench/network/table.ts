import { fileURLToPath } from 'node:url';
import type { Case, FigureName, Figures } from './cases/case.js';
import { printed, type Verdict } from './judge.js';

export interface CaseResult {
  test: Case;
  figures: Figures;
  verdicts: Verdict[];
}

export const DOCUMENT = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
/** The folder of the plots, with one folder for each column. */
export const IMAGES = fileURLToPath(new URL('../../docs/images/network', import.meta.url));

/**
 * Returns the document with these results in its table, between two comments. Each case has one row
 * for each column (such as `before` and `now`); rows of other cases and columns stay.
 */
export function withResults(document: string, results: CaseResult[], column: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`there is no ${BEGIN} before ${END} in the document`);
  const rows = new Map<string, string>();
  for (const line of document.slice(begin + BEGIN.length, end).split('\n')) {
    const key = keyOf(line);
    if (key) rows.set(key, line);
  }
  for (const result of results) {
    const line = row(result, column);
    rows.set(keyOf(line)!, line);
  }
  const table = [HEAD, HEAD.replaceAll(/[^|]+/g, ' --- '), ...inOrder(rows)].join('\n');
  return `${document.slice(0, begin)}${BEGIN}\n${table}\n${document.slice(end)}`;
}

function row({ test, figures, verdicts }: CaseResult, column: string): string {
  const cells = COLUMNS.map(([, figure]) => {
    const judged = verdicts.filter(({ aim }) => aim.figure === figure);
    const text = printed(figure, figures[figure]);
    return judged.some(({ kept }) => !kept) ? `**${text}**` : text;
  });
  return `| [${test.title}](images/network/${column}/${test.name}.svg) | ${column} | ${cells.join(' | ')} |`;
}

/** Groups the rows of each case, in the order of its first row. */
function inOrder(rows: Map<string, string>): string[] {
  const cases = [...new Set([...rows.keys()].map((key) => key.split(SEPARATOR)[0]!))];
  return cases.flatMap((name) => [...rows].filter(([key]) => key.split(SEPARATOR)[0] === name).map(([, line]) => line));
}

/** Case and column of a row. */
function keyOf(line: string): string | undefined {
  const [, file, column] = /^\| \[[^\]]*\]\(images\/network\/[^)/]+\/([^)]+)\.svg\) \| ([^|]+) \|/.exec(line) ?? [];
  return file && column ? `${file}${SEPARATOR}${column.trim()}` : undefined;
}

const SEPARATOR = '\n';
const BEGIN = '<!-- bench:network begin -->';
const END = '<!-- bench:network end -->';

const COLUMNS: [string, FigureName][] = [
  ['pictures/s', 'pictures'],
  ['frozen', 'frozen'],
  ['height', 'height'],
  ['queue p50 ms', 'queueP50'],
  ['queue p95 ms', 'queueP95'],
  ['utilisation', 'utilisation'],
  ['offered Mbit/s', 'offered'],
  ['concealed', 'concealed'],
  ['retransmitted', 'retransmitted'],
  ['fluid after s', 'fluid'],
  ['full quality after s', 'fullQuality'],
  ['frozen switches', 'frozenSwitches'],
  ['unfairness', 'unfairness'],
];

const HEAD = `| case | | ${COLUMNS.map(([name]) => name).join(' | ')} |`;
