import { describe, expect, it } from 'vitest';
import { RedundantBlocks } from './redundant-blocks.js';

const blocks = new RedundantBlocks();
const parse = (...bytes: number[]) => blocks.parse(Uint8Array.of(9, 9, ...bytes), 2, bytes.length);

describe('RED payloads', () => {
  it('are a primary block alone, or redundant ones before it', () => {
    expect(parse(111, 1, 2, 3)).toBe(true);
    expect([blocks.count, blocks.offsets[0], blocks.lengths[0]]).toEqual([1, 3, 3]);
    // 1,920 and 960 older, two and one bytes long.
    expect(parse(0x80 | 111, 30, 0, 2, 0x80 | 111, 15, 0, 1, 111, 1, 2, 3, 4, 5)).toBe(true);
    expect(blocks.count).toBe(3);
    expect([...blocks.timestampOffsets.slice(0, 3)]).toEqual([1920, 960, 0]);
    expect([...blocks.lengths.slice(0, 3)]).toEqual([2, 1, 2]);
    expect([...blocks.offsets.slice(0, 3)]).toEqual([11, 13, 14]);
  });

  it('are refused when cut anywhere before the primary block, or with too many blocks', () => {
    const whole = [0x80 | 111, 15, 0, 4, 111, 1, 2, 3, 4];
    for (let length = 0; length < whole.length; length++) expect(parse(...whole.slice(0, length))).toBe(false);
    expect(parse(...whole)).toBe(true);
    expect(blocks.lengths[1]).toBe(0);
    expect(parse(...new Array(200).fill(0xff))).toBe(false);
  });
});
