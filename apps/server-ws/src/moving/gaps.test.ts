import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { expect, it } from 'vitest';
import { Gaps } from './gaps.js';

it('keeps the longest gap of each participant and move, and forgets the oldest participants', async () => {
  const clock = new VirtualClock();
  const gaps = new Gaps(clock);
  gaps.note('ada', 300);
  gaps.note('ben', undefined);
  await clock.advance(100_000);
  for (const gap of [20, 80, 40]) gaps.note('ada', gap);
  gaps.note('ben', 0);
  expect(gaps.within(1000)).toEqual({ ada: 80, ben: 0 });
  await clock.advance(1001);
  expect(gaps.within(1000)).toEqual({});
  for (let count = 0; count < 10_000; count += 1) gaps.note(`participant-${count}`, 1);
  expect(gaps.within(5000)).not.toHaveProperty('ada');
});
