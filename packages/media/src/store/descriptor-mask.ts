// Hot path: no allocation per packet.
import { BitReader } from '../codecs/bit-reader.js';
import { DependencyStructure } from '../codecs/dependency-structure.js';
import type { OutgoingPacket } from '../port/outgoing-packet.js';
import { SendFlag } from '../port/packet-port.js';

// Frame numbers, and the mask of active decode targets, in AV1's dependency descriptors (AV1 RTP
// specification, appendix A.8.3). Stored packets always have a mask, so that a receiver's
// descriptor is a patch of some bytes: it keeps its length.

/**
 * Copies a descriptor of `length` bytes, and inserts a mask of all targets, at bit `maskBit`, if it
 * has none. Answers the length of the copy.
 */
export function copyWithMask(
  source: Uint8Array,
  from: number,
  length: number,
  maskBit: number,
  decodeTargets: number,
  target: Uint8Array,
  to: number,
): number {
  const bits = Math.max(length * 8, maskBit);
  const longer = (bits + decodeTargets + 7) >> 3;
  for (let i = 0; i < longer; i++) target[to + i] = 0;
  for (let bit = 0; bit < length * 8; bit++) {
    if ((source[from + (bit >> 3)]! >> (7 - (bit & 7))) & 1) set(target, to, bit < maskBit ? bit : bit + decodeTargets);
  }
  for (let i = 0; i < decodeTargets; i++) set(target, to, maskBit + i);
  set(target, to, MASK_FLAG_BIT);
  return longer;
}

/** Where the mask of a stored descriptor begins, in bits; -1 when the descriptor is unreadable. */
export function maskBitOf(bytes: Uint8Array, at: number, length: number): number {
  if (length <= MANDATORY_BYTES || (bytes[at + MANDATORY_BYTES]! & 0x40) === 0) return -1;
  if ((bytes[at + MANDATORY_BYTES]! & 0x80) === 0) return MASK_BIT;
  reader.open(bytes, at, length);
  reader.skip(MASK_BIT);
  structure.read(reader, 0);
  return structure.isValid ? reader.position : -1;
}

/**
 * Clears the targets that are not in `mask` (one bit each, the lowest for target 0) in the
 * descriptor of a stored packet at `offset` of the arena, whose mask begins at `maskBit` of the
 * packet.
 */
export function patchMask(
  packet: OutgoingPacket,
  arena: Uint8Array,
  offset: number,
  maskBit: number,
  decodeTargets: number,
  mask: number,
): void {
  const first = maskBit >> 3;
  const length = ((maskBit + decodeTargets - 1) >> 3) - first + 1;
  packet.payloadLow = packet.payloadHigh = 0;
  for (let i = 0; i < length; i++) {
    let byte = arena[offset + first + i]!;
    for (let bit = 0; bit < 8; bit++) {
      // The highest target comes first.
      const target = maskBit + decodeTargets - 1 - (first + i) * 8 - bit;
      if (target >= 0 && target < decodeTargets && ((mask >>> target) & 1) === 0) byte &= ~(0x80 >> bit);
    }
    if (i < 4) packet.payloadLow |= byte << (8 * i);
    else packet.payloadHigh |= byte << (8 * (i - 4));
  }
  packet.flags |= SendFlag.Payload;
  packet.payloadPatch = (length << 16) | first;
}

/**
 * Lowers the frame number by `shift` in the descriptor at `at` of a stored packet. A patched mask
 * goes with it. A mask after a structure, where no patch reaches both, stays whole: the packets
 * after the key frame's first one name the remaining targets.
 */
export function patchFrameNumber(
  packet: OutgoingPacket,
  arena: Uint8Array,
  offset: number,
  at: number,
  shift: number,
): void {
  const number = (((arena[offset + at + 1]! << 8) | arena[offset + at + 2]!) - shift) & 0xffff;
  const bytes = (number >> 8) | ((number & 0xff) << 8);
  const hasMask = (packet.flags & SendFlag.Payload) !== 0 && (packet.payloadPatch & 0xffff) === at + MANDATORY_BYTES;
  packet.payloadHigh = hasMask ? (packet.payloadLow >>> 16) | (packet.payloadHigh << 16) : 0;
  packet.payloadLow = hasMask ? bytes | (packet.payloadLow << 16) : bytes;
  packet.payloadPatch = ((hasMask ? (packet.payloadPatch >>> 16) + 2 : 2) << 16) | (at + 1);
  packet.flags |= SendFlag.Payload;
}

function set(bytes: Uint8Array, at: number, bit: number): void {
  bytes[at + (bit >> 3)] = bytes[at + (bit >> 3)]! | (0x80 >> (bit & 7));
}

const reader = new BitReader();
const structure = new DependencyStructure();
/** Flags of the frame's beginning and end, template id, frame number. */
const MANDATORY_BYTES = 3;
/** The second of the five flags after them; the mask follows all five, unless a structure does. */
const MASK_FLAG_BIT = 25;
const MASK_BIT = 29;
