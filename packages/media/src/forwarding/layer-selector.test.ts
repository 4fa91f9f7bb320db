import { describe, expect, it } from 'vitest';
import { ALL_LAYERS, FrameInfo, layerBit, layersOf } from '../codecs/frame-info.js';
import { LayerSelector } from './layer-selector.js';

function frame(spatial: number, temporal: number, more: Partial<FrameInfo> = {}): FrameInfo {
  return Object.assign(new FrameInfo(), { spatial, temporal, beginsFrame: true, ...more });
}

function started(spatial: number, temporal: number): LayerSelector {
  const selector = new LayerSelector();
  selector.setTarget(spatial, temporal);
  selector.start(frame(0, 0, { switchLayers: ALL_LAYERS }), 0);
  return selector;
}

describe('the layers of a consumer', () => {
  it('begin with a key frame at the wanted layers', () => {
    expect(started(1, 2)).toMatchObject({ spatial: 1, temporal: 2 });
    expect(started(7, 7)).toMatchObject({ spatial: 3, temporal: 3 });
  });

  it('go up with a frame whose references they have taken', () => {
    const selector = new LayerSelector();
    selector.setTarget(0, 1);
    selector.start(frame(0, 0, { switchLayers: ALL_LAYERS, frameNumber: 65_534 }), 0);
    selector.setTarget(1, 1);
    const switches = layerBit(1, 0) | layerBit(1, 1);
    // Frame 65,535 was one of layer 1, which it did not take.
    expect(selector.takes(frame(1, 0, { frameNumber: 65_535 }), 0)).toBe(false);
    expect(selector.takes(frame(1, 1, { switchLayers: switches, frameNumber: 0, references: 1 << 1 }), 1)).toBe(false);
    expect(selector.takes(frame(0, 0, { frameNumber: 1, references: 1 << 3 }), 2)).toBe(true);
    // A repaired older frame changes nothing.
    expect(selector.takes(frame(0, 0, { frameNumber: 65_500 }), 2)).toBe(true);
    expect(selector.takes(frame(1, 0, { switchLayers: switches, frameNumber: 2, references: 1 << 1 }), 2)).toBe(true);
    expect(selector.takes(frame(1, 1, { frameNumber: 3, references: 1 << 1 }), 3)).toBe(true);
  });

  it('follow the numbers of a restarted encoder', () => {
    const selector = new LayerSelector();
    selector.setTarget(0, 0);
    selector.start(frame(0, 0, { switchLayers: ALL_LAYERS, frameNumber: 5000 }), 0);
    expect(selector.takes(frame(0, 0, { isKeyFrame: true, frameNumber: 1 }), 1)).toBe(true);
    selector.setTarget(0, 1);
    const switches = { switchLayers: layerBit(0, 1), frameNumber: 2, references: 1 << 1 };
    expect(selector.takes(frame(0, 1, switches), 2)).toBe(true);
    expect(selector.lastFrame).toBe(2);
  });

  it('go down where the next picture begins', () => {
    const selector = started(2, 2);
    expect(selector.takes(frame(0, 0), 1)).toBe(true);
    selector.setTarget(0, 0);
    expect(selector.takes(frame(2, 0), 1)).toBe(true);
    expect(selector.takes(frame(0, 0), 2)).toBe(true);
    expect(selector.takes(frame(1, 0), 2)).toBe(false);
    expect(selector.takes(frame(0, 1), 3)).toBe(false);
  });

  it('go up where a frame permits it', () => {
    const selector = started(0, 0);
    selector.setTarget(2, 2);
    expect(selector.takes(frame(0, 1), 1)).toBe(false);
    // VP8: one temporal layer with its sync frame, not the one above it.
    expect(selector.takes(frame(0, 2, { switchTemporal: 2 }), 2)).toBe(false);
    expect(selector.takes(frame(0, 1, { switchTemporal: 1 }), 3)).toBe(true);
    expect(selector.takes(frame(0, 2, { switchTemporal: 2 }), 4)).toBe(true);
    // VP9: a layer without reference to earlier pictures, if the one below it is there.
    expect(selector.takes(frame(2, 0, { switchLayers: layersOf(2) }), 5)).toBe(false);
    expect(selector.takes(frame(1, 0, { switchLayers: layersOf(1) }), 5)).toBe(true);
    expect(selector.takes(frame(2, 0, { switchLayers: layersOf(2) }), 5)).toBe(true);
    expect(selector.isRising(3, 3)).toBe(false);
  });

  it('go up to the layers that a frame of AV1 lists, the best spatial layer first', () => {
    const selector = started(0, 0);
    selector.setTarget(2, 1);
    const switchLayers = layerBit(1, 0) | layerBit(0, 2) | layerBit(0, 1);
    expect(selector.takes(frame(0, 0, { switchLayers }), 1)).toBe(true);
    expect(selector).toMatchObject({ spatial: 1, temporal: 0 });
    expect(selector.isRising(3, 3)).toBe(true);
    expect(selector.isRising(2, 1)).toBe(false);
  });
});
