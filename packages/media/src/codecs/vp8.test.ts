import { describe, expect, it } from 'vitest';
import { beginsVp8KeyFrame } from './vp8.js';

function begins(...bytes: number[]): boolean {
  return beginsVp8KeyFrame(Uint8Array.of(0xff, ...bytes), 1, bytes.length);
}

describe('beginsVp8KeyFrame', () => {
  it.each([
    ['shortest descriptor', [0x10, 0x00]],
    ['7 bit picture id', [0x90, 0x80, 0x11, 0x00]],
    ['15 bit picture id', [0x90, 0x80, 0x81, 0x23, 0x00]],
    ['picture id, TL0PICIDX, TID and KEYIDX as Chromium sends', [0x90, 0xf0, 0x81, 0x23, 0x05, 0x20, 0x00]],
    ['TID alone', [0x90, 0x20, 0x40, 0x00]],
  ])('sees a key frame behind %s', (_what, bytes) => {
    expect(begins(...bytes)).toBe(true);
    expect(begins(...bytes.slice(0, -1), 0x01)).toBe(false);
  });

  it.each([
    ['a later packet of a frame', [0x00, 0x00]],
    ['a later partition', [0x11, 0x00]],
    ['nothing', []],
    ['a cut descriptor', [0x90]],
    ['a cut extension', [0x90, 0x80]],
    ['a descriptor without payload', [0x90, 0xf0, 0x81, 0x23, 0x05, 0x20]],
  ])('sees none in %s', (_what, bytes) => {
    expect(begins(...bytes)).toBe(false);
  });
});
