import { defaultLimits } from '@waterbus/server-api';
import { expect, it } from 'vitest';
import { limitsOf } from './request-limits.js';

const limits = (joinsPerMinute?: number, createsPerMinute?: number) =>
  ({ ...defaultLimits, ...limitsOf({ limits: { joinsPerMinute, createsPerMinute } }) }) as typeof defaultLimits;

it.each([[undefined], [10], [10_000]])('every join of %s a minute may read and write as by default', (joins) => {
  const { join, connectivity, read, write } = limits(joins);
  expect([join.count, connectivity.count]).toEqual([joins ?? 300, joins ?? 300]);
  expect(read.count).toBeGreaterThanOrEqual(4 * join.count);
  expect(write.count).toBeGreaterThanOrEqual(join.count);
});

it('meetings may be created at the rate of the settings, and no other limit changes', () => {
  const changed = limits(undefined, 5_000);
  expect(changed.create.count).toBe(5_000);
  expect(changed.write.count).toBeGreaterThanOrEqual(5_000);
  expect(changed).toMatchObject({ read: defaultLimits.read, join: defaultLimits.join, signIn: defaultLimits.signIn });
  expect(limits()).toEqual(defaultLimits);
});
