import { describe, expect, it } from 'vitest';
import { classify } from '../../test/simulation/classify.js';
import { keyStructure, templateId, writeDescriptor } from '../../test/simulation/dependency-descriptor.js';
import { Av1Classifier } from '../codecs/av1.js';
import { OutgoingPacket } from '../port/outgoing-packet.js';
import { copyWithMask, maskBitOf, patchMask } from './descriptor-mask.js';

const structure = keyStructure(3, 3, 7);
const classifier = new Av1Classifier(false);
const base = { begins: true, ends: false, templateId: templateId(structure, 0, 0, true), frameNumber: 0xabcd };

describe.each([
  ['with its structure', { ...base, structure }],
  ['of three bytes', base],
  ['with indications of its own', { ...base, customIndications: 'S-DR-SDR-' }],
])('a descriptor %s', (_what, descriptor) => {
  const plain = writeDescriptor(descriptor);
  classify('video/av1', [0], { classifier, descriptor: writeDescriptor({ ...base, structure }) });
  const { maskBit, decodeTargets } = classify('video/av1', [0], { classifier, descriptor: plain });
  const arena = new Uint8Array(200).fill(0xff);
  const length = copyWithMask(plain, 0, plain.length, maskBit, decodeTargets, arena, 20);

  it('gets a mask of all targets, and is otherwise unchanged', () => {
    const expected = writeDescriptor({ ...descriptor, activeTargets: 0x1ff });
    // Padding of the shorter one may leave a byte of zeros at the end.
    expect([...arena.subarray(20, 20 + expected.length)]).toEqual([...expected]);
    expect(length - expected.length).toBeLessThanOrEqual(1);
    expect(arena[20 + length]).toBe(0xff);
    expect(maskBitOf(arena, 20, length)).toBe(maskBit);
    expect(maskBitOf(plain, 0, plain.length)).toBe(-1);
  });

  it('loses targets by a patch of at most eight bytes', () => {
    const packet = new OutgoingPacket();
    patchMask(packet, arena, 0, 20 * 8 + maskBit, decodeTargets, 0b000011011);
    const at = packet.payloadPatch & 0xffff;
    const count = packet.payloadPatch >>> 16;
    expect(count).toBeLessThanOrEqual(8);
    const patched = arena.slice();
    for (let i = 0; i < count; i++) patched[at + i] = (i < 4 ? packet.payloadLow : packet.payloadHigh) >> (8 * (i & 3));
    const expected = writeDescriptor({ ...descriptor, activeTargets: 0b000011011 });
    expect([...patched.subarray(20, 20 + expected.length)]).toEqual([...expected]);
  });
});
