import { describe, expect } from 'vitest';
import type { ContractTest } from './contract-test.js';

/** R6: keys that members share. */
export function sharedKeysContract(it: ContractTest): void {
  describe('shared keys', () => {
    it('R6: are read by every member as another wrote them, or do not exist when members share memory', async ({
      one,
      two,
    }) => {
      const [mine, theirs] = [one.sharedKeys, two.sharedKeys];
      if (!mine || !theirs) return expect([mine, theirs]).toEqual([undefined, undefined]);
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
        expect(await mine.command(name, (key) => ['SET', key, name, 'EX', '60'])).toBe('OK');
        expect(await theirs.command(name, (key) => ['GET', key])).toBe(name);
      }
      await expect(mine.command('{a}', (key) => ['GET', key])).rejects.toThrow('hash tags');
    });
  });
}
