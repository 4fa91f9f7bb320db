// Hot path: no allocation per packet.
import type { FrameInfo } from './frame-info.js';

/**
 * Packs the part of a `FrameInfo` that later sending of the packet needs into 32 bits: a packet
 * history keeps thousands.
 */
export function packFrame(frame: FrameInfo): number {
  let details = frame.temporal | (frame.spatial << 2) | (frame.decodeTargets << 18);
  if (frame.endsFrame) details |= ENDS;
  if (frame.pictureId >= 0) {
    details |= HAS_PICTURE | (frame.pictureIdOffset << 24) | (frame.pictureIdBits === 15 ? LONG_PICTURE : 0);
  }
  if (frame.baseLayerIndex >= 0) {
    details |= HAS_BASE | (frame.baseLayerIndex << 8) | (frame.baseLayerIndexOffset << 26);
  }
  return details;
}

export function temporalOf(details: number): number {
  return details & 3;
}

export function spatialOf(details: number): number {
  return (details >> 2) & 3;
}

export function endsFrame(details: number): boolean {
  return (details & ENDS) !== 0;
}

export function hasPicture(details: number): boolean {
  return (details & HAS_PICTURE) !== 0;
}

export function hasLongPicture(details: number): boolean {
  return (details & LONG_PICTURE) !== 0;
}

/** Offset in the payload. */
export function pictureOffset(details: number): number {
  return (details >> 24) & 3;
}

export function hasBaseLayerIndex(details: number): boolean {
  return (details & HAS_BASE) !== 0;
}

export function baseLayerIndexOf(details: number): number {
  return (details >> 8) & 0xff;
}

/** Offset in the payload: at most 4. */
export function baseLayerIndexOffset(details: number): number {
  return (details >> 26) & 7;
}

export function decodeTargetsOf(details: number): number {
  return (details >> 18) & 0x3f;
}

const ENDS = 1 << 4;
const HAS_BASE = 1 << 5;
const HAS_PICTURE = 1 << 6;
const LONG_PICTURE = 1 << 7;
