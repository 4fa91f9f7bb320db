import { expect, it } from 'vitest';
import { slotOf } from './slots.js';

it('gives the same slots as CLUSTER KEYSLOT', () => {
  expect(slotOf('123456789')).toBe(0x31c3);
  expect(slotOf('foo')).toBe(12_182);
  expect(slotOf('{user1000}.following')).toBe(slotOf('{user1000}.followers'));
  expect(slotOf('foo{}{bar}')).toBe(8363);
  expect(slotOf('foo{{bar}}zap')).toBe(slotOf('{bar'));
});
