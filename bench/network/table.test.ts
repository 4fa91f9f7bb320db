import { expect, it } from 'vitest';
import { ONE_SENDER } from './cases/one-sender.js';
import { verdicts } from './judge.js';
import { type CaseResult, withResults } from './table.js';

const EMPTY = 'Before.\n\n<!-- bench:network begin -->\n<!-- bench:network end -->\n\nAfter.\n';

function result(name: string, frozen: number): CaseResult {
  const test = ONE_SENDER.find((one) => one.name === name)!;
  const figures = {
    pictures: 30,
    frozen,
    height: 720,
    queueP50: 1,
    queueP95: 20,
    utilisation: 0.9,
    offered: 1.5,
    concealed: 0,
    retransmitted: 0,
    fluid: undefined,
    fullQuality: undefined,
    frozenSwitches: 0,
    unfairness: undefined,
  };
  return { test, figures, verdicts: verdicts(test, figures) };
}

/** Case, column and share of frozen time of every row. */
function rows(document: string): string[] {
  const [, table = ''] = /begin -->\n([\s\S]*)<!-- bench:network end/.exec(document) ?? [];
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => {
      const [, title, column, , frozen] = line.split('|').map((cell) => cell.trim());
      return `${title} ${column} ${frozen}`;
    });
}

it('writes a row for each case and column, and keeps the other rows', () => {
  const before = withResults(EMPTY, [result('down-600', 1), result('down-250', 1)], 'before');
  const both = withResults(before, [result('down-600', 0.02)], 'now');
  const again = withResults(both, [result('down-600', 0.01)], 'now');
  expect(rows(again)).toEqual([
    '[600 kbit/s down](images/network/before/down-600.svg) before **100.0 %**',
    '[600 kbit/s down](images/network/now/down-600.svg) now 1.0 %',
    '[250 kbit/s down](images/network/before/down-250.svg) before **100.0 %**',
  ]);
  expect(again.startsWith('Before.\n\n<!--')).toBe(true);
  expect(again.endsWith('end -->\n\nAfter.\n')).toBe(true);
});

it('rejects a document without a place for the table', () => {
  expect(() => withResults('Nothing.', [], 'now')).toThrow('bench:network begin');
});
