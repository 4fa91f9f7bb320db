import { describe, expect } from 'vitest';
import type { ContractTest } from './contract-test.js';

/** R8: single-use tokens. */
export function tokensContract(it: ContractTest): void {
  describe('single-use tokens', () => {
    it('R8: a token is used once across all members', async ({ one, two, under }) => {
      const expiresAt = under.date() + 60_000;
      const uses = await Promise.all([one, two, one, two].map((cluster) => cluster.tokens.use('jti', expiresAt)));
      expect(uses.filter(Boolean)).toHaveLength(1);
      expect(await two.tokens.use('another', expiresAt)).toBe(true);
      await under.advance(59_000);
      expect(await one.tokens.use('jti', expiresAt)).toBe(false);
    });

    it('R8: an expired token is never taken, used or not', async ({ one, under }) => {
      const expiresAt = under.date() + 1000;
      expect(await one.tokens.use('used', expiresAt)).toBe(true);
      await under.advance(100_000);
      expect(await one.tokens.use('used', expiresAt)).toBe(false);
      expect(await one.tokens.use('fresh', expiresAt)).toBe(false);
    });
  });
}
