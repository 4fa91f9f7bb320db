import { expect, it } from 'vitest';
import { ProcessorWatch } from './processor-watch.js';

it('a machine is too slow when an encoder is limited at five looks without a break', async () => {
  const watch = new ProcessorWatch();
  const look = (...limited: boolean[]) =>
    watch.look(limited.map((is, index) => ({ producerId: `p${index}`, limitedByProcessor: async () => is })));
  for (let i = 0; i < 4; i++) expect(await look(true, false)).toBe(false);
  expect(await look(false, true)).toBe(false);
  for (let i = 0; i < 4; i++) expect(await look(true, false)).toBe(false);
  expect(await look(true, false)).toBe(true);
  expect(await look()).toBe(false);
});
