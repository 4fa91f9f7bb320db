import { describe, expect, it } from 'vitest';
import { classify } from '../../test/simulation/classify.js';

/** 128 x 96, Baseline. */
const SMALL = [0x67, 0x42, 0x00, 0x0a, 0xf8, 0x41, 0xa2];
/** 1280 x 720, High 4:2:2, cropped, with emulation prevention bytes. */
const LARGE = [
  ...[0x67, 0x7a, 0x00, 0x1f, 0xbc, 0xd9, 0x40, 0x50, 0x05, 0xba, 0x10, 0x00, 0x00, 0x03, 0x00, 0xc0, 0x00, 0x00],
  ...[0x2a, 0xe0, 0xf1, 0x83, 0x19, 0x60],
];
const PPS = [0x68, 0xce, 0x38, 0x80];
const h264 = (...bytes: number[]) => classify('video/h264', bytes);
const unit = (bytes: number[]) => [0, bytes.length, ...bytes];

describe('H.264', () => {
  it.each([
    ['alone', SMALL, [128, 96]],
    ['alone, escaped', LARGE, [1280, 720]],
    ['in an aggregate', [0x78, ...unit([0x09, 0x10]), ...unit(LARGE), ...unit(PPS)], [1280, 720]],
    ['in a first fragment', [0x7c, 0x87, ...SMALL.slice(1)], [128, 96]],
    ['cut, without its size', SMALL.slice(0, 4), [0, 0]],
  ])('starts at a sequence parameter set %s', (_what, bytes, size) => {
    const info = h264(...bytes);
    expect(info).toMatchObject({ isKeyFrame: true, beginsFrame: true, temporal: 0 });
    expect([info.widths[0], info.heights[0]]).toEqual(size);
  });

  it.each([
    ['an IDR picture', [0x65, 0x88, 0x84]],
    ['an aggregate without parameter sets', [0x78, ...unit([0x65, 0x88])]],
    ['a cut aggregate', [0x78, 0, 200, ...SMALL]],
    ['a picture parameter set', PPS],
    ['a later fragment', [0x7c, 0x07, 0x42]],
    ['a fragment of an IDR picture', [0x7c, 0x85, 0x88]],
    ['nothing', []],
  ])('does not start at %s', (_what, bytes) => {
    expect(h264(...bytes).isKeyFrame).toBe(false);
  });

  it('may drop pictures without references to them', () => {
    expect(h264(0x01, 0x9a).isDiscardable).toBe(true);
    expect(h264(0x41, 0x9a).isDiscardable).toBe(false);
    expect(classify('video/h264', [0x41, 0x9a], { marker: true }).endsFrame).toBe(true);
  });
});
