import { describe, expect, it } from 'vitest';
import { classify } from '../../test/simulation/classify.js';
import { ALL_LAYERS } from './frame-info.js';

const vp8 = (...bytes: number[]) => classify('video/vp8', bytes);

describe('VP8', () => {
  it.each([
    ['shortest descriptor', [0x10, 0x00]],
    ['7 bit picture id', [0x90, 0x80, 0x11, 0x00]],
    ['15 bit picture id', [0x90, 0x80, 0x81, 0x23, 0x00]],
    ['picture id, TL0PICIDX, TID and KEYIDX as Chromium sends', [0x90, 0xf0, 0x81, 0x23, 0x05, 0x20, 0x00]],
    ['TID alone', [0x90, 0x20, 0x40, 0x00]],
  ])('recognizes a key frame after %s', (_what, bytes) => {
    expect(vp8(...bytes)).toMatchObject({ isKeyFrame: true, beginsFrame: true, switchLayers: ALL_LAYERS });
    expect(vp8(...bytes.slice(0, -1), 0x01)).toMatchObject({ isKeyFrame: false, beginsFrame: true, switchLayers: 0 });
  });

  it.each([
    ['a later packet of a frame', [0x00, 0x00]],
    ['a later partition', [0x11, 0x00]],
    ['nothing', []],
    ['a cut descriptor', [0x90]],
    ['a cut extension', [0x90, 0x80]],
    ['a cut picture id', [0x90, 0x80, 0x81]],
    ['a descriptor without payload', [0x90, 0xf0, 0x81, 0x23, 0x05, 0x20]],
  ])('recognizes no key frame in %s', (_what, bytes) => {
    expect(vp8(...bytes).isKeyFrame).toBe(false);
  });

  it('reads picture id, base layer index, temporal layer and switch points', () => {
    expect(vp8(0x90, 0xf0, 0x81, 0x23, 0x05, 0x60, 0x01)).toMatchObject({
      ...{ pictureId: 0x123, pictureIdBits: 15, pictureIdOffset: 2, baseLayerIndex: 5, baseLayerIndexOffset: 4 },
      ...{ temporal: 1, switchTemporal: 1, isDiscardable: false },
    });
    expect(vp8(0xb0, 0xa0, 0x7f, 0x80, 0x01)).toMatchObject({
      ...{ pictureId: 127, pictureIdBits: 7, baseLayerIndex: -1, temporal: 2, switchTemporal: -1, isDiscardable: true },
    });
  });

  it('reads the size in a key frame', () => {
    const frame = [0x10, 0x30, 0x01, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0x68, 0x81];
    expect(vp8(...frame)).toMatchObject({ isKeyFrame: true, spatialLayers: 1 });
    expect([vp8(...frame).widths[0], vp8(...frame).heights[0]]).toEqual([640, 360]);
  });
});
