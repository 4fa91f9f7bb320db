import { describe, expect, it } from 'vitest';
import { classify } from '../../test/simulation/classify.js';
import {
  keyStructure,
  type Structure,
  templateId,
  writeDescriptor,
} from '../../test/simulation/dependency-descriptor.js';
import { Av1Classifier } from './av1.js';
import { ALL_LAYERS, layerBit } from './frame-info.js';

const structure = keyStructure(3, 3, 5);
const all = layerBit(0, 0) | layerBit(0, 1) | layerBit(0, 2);

/** Successive descriptors of one stream. */
function stream(isSimulcast = false) {
  const classifier = new Av1Classifier(isSimulcast);
  return (
    of: Structure,
    [spatial, temporal, isKey]: [number, number, boolean],
    more: {
      sequenceNumber?: number;
      attach?: boolean;
      activeTargets?: number;
      customIndications?: string;
      customReferences?: number[];
    } = {},
  ) => {
    const { attach, sequenceNumber = 0, ...rest } = more;
    const descriptor = writeDescriptor({
      ...{ begins: true, ends: true, frameNumber: 7, templateId: templateId(of, spatial, temporal, isKey) },
      ...(attach ? { structure: of } : {}),
      ...rest,
    });
    return classify('video/av1', [0x10], { classifier, descriptor, sequenceNumber });
  };
}

describe('AV1', () => {
  it('recognizes a key frame by its structure, with layers and sizes', () => {
    const info = stream()(structure, [0, 0, true], { attach: true });
    expect(info).toMatchObject({ isKeyFrame: true, beginsFrame: true, endsFrame: true, spatialLayers: 3 });
    expect(info).toMatchObject({ temporalLayers: 3, decodeTargets: 9, hasMask: false });
    expect(info.switchLayers).toBe(all | (all << 4) | (all << 8));
    expect([...info.widths]).toEqual([320, 640, 1280, 0]);
    expect([...info.heights]).toEqual([180, 360, 720, 0]);
  });

  it('knows layers and switch points of the following frames', () => {
    const next = stream();
    next(structure, [0, 0, true], { attach: true });
    expect(next(structure, [2, 0, true])).toMatchObject({ isKeyFrame: false, spatial: 2, switchLayers: all << 8 });
    expect(next(structure, [1, 0, false])).toMatchObject({ spatial: 1, temporal: 0, switchLayers: all << 4 });
    expect(next(structure, [1, 1, false])).toMatchObject({ temporal: 1, isDiscardable: false });
    expect(next(structure, [1, 1, false]).switchLayers).toBe(layerBit(1, 2));
    expect(next(structure, [1, 2, false])).toMatchObject({ temporal: 2, switchLayers: 0, isDiscardable: true });
    expect(next(structure, [0, 0, false], { customIndications: 'R--------' }).switchLayers).toBe(0);
  });

  it('knows the references of a frame, by its template or by differences of its own', () => {
    const next = stream();
    expect(next(structure, [0, 0, true], { attach: true })).toMatchObject({ frameNumber: 7, references: 0 });
    expect(next(structure, [1, 0, true]).references).toBe(1 << 1);
    expect(next(structure, [1, 0, false]).references).toBe(1 << 3);
    expect(next(structure, [0, 0, false], { customReferences: [2, 31] }).references).toBe((1 << 2) | (1 << 31));
    // Too far back to be remembered.
    expect(next(structure, [0, 0, false], { customReferences: [32, 3000] }).references).toBe(1);
  });

  it('finds the position of the decode target mask, or where it belongs', () => {
    const next = stream();
    const key = next(structure, [0, 0, true], { attach: true, activeTargets: 0x1ff });
    expect(key).toMatchObject({ hasMask: true });
    const bits = writeDescriptor({ begins: true, ends: true, templateId: 5, frameNumber: 7, structure }).length * 8;
    expect(key.maskBit).toBeGreaterThan(bits - 8);
    expect(next(structure, [0, 0, false])).toMatchObject({ hasMask: false, maskBit: 29 });
    expect(next(structure, [0, 0, false], { activeTargets: 7 })).toMatchObject({ hasMask: true, maskBit: 29 });
  });

  it('reads packets from before a key frame with the previous structure', () => {
    const next = stream();
    const small = keyStructure(1, 2, 60);
    next(small, [0, 0, true], { attach: true, sequenceNumber: 65_000 });
    next(structure, [0, 0, true], { attach: true, sequenceNumber: 10 });
    expect(next(small, [0, 1, false], { sequenceNumber: 5 })).toMatchObject({ temporal: 1, decodeTargets: 2 });
    expect(next(structure, [2, 2, false], { sequenceNumber: 12 })).toMatchObject({ spatial: 2, decodeTargets: 9 });
    // Both structures may use the same template ids.
    const same = keyStructure(1, 3, 5);
    next(same, [0, 0, true], { attach: true, sequenceNumber: 20 });
    expect(next(structure, [1, 1, false], { sequenceNumber: 19 })).toMatchObject({ spatial: 1, temporal: 1 });
    // A late packet restored by RTX does not become the newest.
    next(structure, [0, 0, true], { attach: true, sequenceNumber: 10 });
    expect(next(same, [0, 2, false], { sequenceNumber: 22 })).toMatchObject({ temporal: 2, decodeTargets: 3 });
  });

  it('uses the lowest layers while it lacks the structure, or has a malformed one', () => {
    const next = stream();
    expect(next(structure, [2, 2, false])).toMatchObject({
      spatial: 0,
      temporal: 0,
      decodeTargets: 0,
      switchLayers: 0,
    });
    const cut = writeDescriptor({ begins: true, ends: true, templateId: 5, frameNumber: 1, structure }).slice(0, 20);
    const info = classify('video/av1', [0x10], { classifier: new Av1Classifier(false), descriptor: cut });
    expect(info).toMatchObject({ isKeyFrame: false, decodeTargets: 0 });
  });

  it('takes the layer from the stream in simulcast', () => {
    const next = stream(true);
    const info = next(structure, [0, 0, true], { attach: true });
    expect(info).toMatchObject({ isKeyFrame: true, spatialLayers: 1, switchLayers: all });
    expect([info.widths[0], info.heights[0]]).toEqual([1280, 720]);
    expect(next(structure, [2, 1, false])).toMatchObject({ spatial: 0, temporal: 1 });
  });

  it('starts at a new coded video sequence without descriptors', () => {
    expect(classify('video/av1', [0x18])).toMatchObject({
      isKeyFrame: true,
      beginsFrame: true,
      switchLayers: ALL_LAYERS,
    });
    expect(classify('video/av1', [0x10], { marker: true })).toMatchObject({ isKeyFrame: false, endsFrame: true });
    expect(classify('video/av1', [0x98])).toMatchObject({ isKeyFrame: false, beginsFrame: false });
  });
});
