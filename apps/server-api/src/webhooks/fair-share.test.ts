import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, fairShare, MOST_ENDPOINTS, MOST_FAILING, MOST_OF_OWNER, type Sending } from './fair-share.js';

const nothing: Sending = { endpoints: new Set(), byOwner: new Map(), failing: 0 };
const endpoints = (owner: string, count: number, failures = 0): Candidate[] =>
  Array.from({ length: count }, (_, n) => ({ webhookId: `${owner} ${n}`, owner, failures }));
const owners = (chosen: Candidate[]) => chosen.map(({ owner }) => owner);

describe('shares of deliveries', () => {
  it('serve owners in turn, the longest wait first', () => {
    const waiting = [...endpoints('a', 20), ...endpoints('b', 20), ...endpoints('c', 1)];
    expect(owners(fairShare(waiting, nothing))).toEqual(['a', 'b', 'c', 'a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('count deliveries in progress', () => {
    const sending = {
      endpoints: new Set(['a 0', 'a 1', 'b 0']),
      byOwner: new Map([
        ['a', 2],
        ['b', 1],
      ]),
      failing: 0,
    };
    const chosen = fairShare([...endpoints('a', 4), ...endpoints('b', 2)], sending);
    expect(chosen.map(({ webhookId }) => webhookId)).toEqual(['b 1', 'a 2', 'a 3']);
  });

  it('reserve places for endpoints that may answer', () => {
    const dead = Array.from({ length: 20 }, (_, n) => endpoints(`dead ${n}`, 4, 3)).flat();
    const chosen = fairShare([...dead, ...endpoints('alive', 2)], nothing);
    expect(chosen).toHaveLength(MOST_FAILING + 2);
    expect(owners(chosen)).toContain('alive');
  });

  it('are within all bounds, and prefer owners without a share', () => {
    const candidate = fc.record({
      owner: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'),
      failures: fc.constantFrom(0, 0, 1, 9),
    });
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 200 }), (list) => {
        const waiting = list.map((one, n) => ({ ...one, webhookId: String(n) }));
        const chosen = fairShare(waiting, nothing);
        const count = (owner: string) => chosen.filter((one) => one.owner === owner).length;
        expect(chosen.length).toBeLessThanOrEqual(MOST_ENDPOINTS);
        expect(chosen.filter(({ failures }) => failures > 0).length).toBeLessThanOrEqual(MOST_FAILING);
        for (const owner of owners(chosen)) expect(count(owner)).toBeLessThanOrEqual(MOST_OF_OWNER);
        const most = Math.max(0, ...owners(chosen).map(count));
        const healthy = waiting.filter(({ failures }) => failures === 0);
        if (chosen.length === MOST_ENDPOINTS) {
          for (const { owner } of healthy) expect(count(owner) > 0 || most <= 4).toBe(true);
        } else for (const { owner } of healthy) expect(count(owner)).toBeGreaterThan(0);
      }),
    );
  });
});
