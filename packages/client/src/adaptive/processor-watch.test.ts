import { expect, it } from 'vitest';
import { ProcessorWatch } from './processor-watch.js';

it('a machine is too slow when an encoder is limited at five looks without a break', async () => {
  const watch = new ProcessorWatch();
  const check = (...limited: boolean[]) =>
    watch.check(limited.map((is, index) => ({ producerId: `p${index}`, limitedByProcessor: async () => is })));
  for (let i = 0; i < 4; i++) expect(await check(true, false)).toBe(false);
  expect(await check(false, true)).toBe(false);
  for (let i = 0; i < 4; i++) expect(await check(true, false)).toBe(false);
  expect(await check(true, false)).toBe(true);
  expect(await check()).toBe(false);
});
