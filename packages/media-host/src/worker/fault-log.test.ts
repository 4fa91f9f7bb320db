import { expect, test } from 'vitest';
import { FaultLog } from './fault-log.js';

test('writes a few lines a minute, then the number of omitted ones', () => {
  let now = 0;
  const lines: Record<string, unknown>[] = [];
  const log = new FaultLog(
    ({ details }) => lines.push(details!),
    () => now,
  );
  for (let i = 0; i < 1000; i++) {
    now += 10;
    log.note('fault', { i });
  }
  expect(lines).toEqual(Array.from({ length: 10 }, (_, i) => ({ i })));
  now += 60_000;
  log.note('fault', { i: 1000 });
  log.note('fault', { i: 1001 });
  expect(lines.slice(10)).toEqual([{ i: 1000, suppressed: 990 }, { i: 1001 }]);
});
