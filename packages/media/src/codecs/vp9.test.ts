import { describe, expect, it } from 'vitest';
import { classify } from '../../test/simulation/classify.js';
import { ALL_LAYERS, layersOf } from './frame-info.js';

const vp9 = (...bytes: number[]) => classify('video/vp9', bytes);

describe('VP9', () => {
  it('recognizes a key frame where the lowest layer refers to no earlier picture', () => {
    // I, L, B, E, and no P; layer 0/0; TL0PICIDX.
    expect(vp9(0xac, 0x81, 0x23, 0x00, 0x07)).toMatchObject({
      ...{ isKeyFrame: true, beginsFrame: true, endsFrame: true, spatial: 0, temporal: 0, pictureId: 0x123 },
      ...{ pictureIdOffset: 1, baseLayerIndex: 7, baseLayerIndexOffset: 4, switchLayers: ALL_LAYERS },
    });
    // The same with P.
    expect(vp9(0xec, 0x81, 0x23, 0x00, 0x07)).toMatchObject({ isKeyFrame: false, switchLayers: 0, switchTemporal: -1 });
  });

  it('lets receivers go up where an upper layer refers to no earlier picture', () => {
    // Spatial layer 2, inter-layer prediction.
    expect(vp9(0xac, 0x81, 0x23, 0x05, 0x07)).toMatchObject({
      isKeyFrame: false,
      spatial: 2,
      switchLayers: layersOf(2),
    });
  });

  it('lets receivers go up in time at a switching up point of the base layer', () => {
    expect(vp9(0xec, 0x81, 0x23, 0x10, 0x07)).toMatchObject({ temporal: 0, switchTemporal: 3, switchLayers: 0 });
    // In a higher layer only receivers that have it could go up.
    expect(vp9(0xec, 0x81, 0x23, 0x30, 0x07)).toMatchObject({ temporal: 1, switchTemporal: -1 });
  });

  it('takes the layer from the stream in simulcast, not from the descriptor', () => {
    const bytes = [0xac, 0x81, 0x23, 0x04, 0x07];
    expect(vp9(...bytes)).toMatchObject({ isKeyFrame: false, spatial: 2 });
    expect(classify('video/vp9', bytes, { isSimulcast: true })).toMatchObject({ isKeyFrame: true, spatial: 0 });
  });

  it('reads the scalability structure after the references of flexible mode', () => {
    // I, P, L, F, B, V; 7 bit picture id; two references; 3 layers with sizes; a group of 4 pictures.
    const sizes = [0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68, 0x05, 0x00, 0x02, 0xd0];
    const group = [4, 0x04, 1, 0x44, 1, 0x24, 2, 0x40];
    const info = vp9(0xfa, 0x11, 0x00, 0x03, 0x02, 0x58, ...sizes, ...group);
    expect(info).toMatchObject({ spatialLayers: 3, temporalLayers: 3, baseLayerIndex: -1, pictureId: 0x11 });
    expect([...info.widths]).toEqual([320, 640, 1280, 0]);
    expect([...info.heights]).toEqual([180, 360, 720, 0]);
  });

  it.each([[[]], [[0x80]], [[0x80, 0x80]], [[0xa0, 0x01]], [[0xa0, 0x01, 0x00]], [[0xd8, 0x01]]])(
    'shows nothing in a cut descriptor %j',
    (bytes) => {
      expect(vp9(...bytes)).toMatchObject({ isKeyFrame: false, beginsFrame: false, switchLayers: 0 });
    },
  );
});
