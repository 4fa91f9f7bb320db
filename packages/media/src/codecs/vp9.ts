// Hot path: no allocation per packet.
import type { RtpHeader } from '../rtp/header.js';
import type { FrameClassifier } from './frame-classifier.js';
import { ALL_LAYERS, type FrameInfo, layersOf, MAX_SPATIAL_LAYERS, MAX_TEMPORAL_LAYERS } from './frame-info.js';

/** VP9's payload descriptor (RFC 9628 section 4.2). */
export class Vp9Classifier implements FrameClassifier {
  /**
   * In simulcast the stream determines the layer: browsers number the layers of all streams
   * together.
   */
  constructor(private readonly isSimulcast: boolean) {}

  classify(header: RtpHeader, bytes: Uint8Array, out: FrameInfo): void {
    out.reset();
    const offset = header.payloadOffset;
    const length = header.payloadLength;
    if (length < 1) return;
    const first = bytes[offset]!;
    const isInterPicture = (first & 0x40) !== 0;
    const isFlexible = (first & 0x10) !== 0;
    let at = 1;
    if (first & 0x80) {
      if (!out.readPictureId(bytes, offset, at, length)) return;
      at += out.pictureIdBits === 15 ? 2 : 1;
    }
    let hasUpSwitch = false;
    if (first & 0x20) {
      if (at >= length) return;
      const layers = bytes[offset + at++]!;
      out.temporal = Math.min(layers >> 5, MAX_TEMPORAL_LAYERS - 1);
      hasUpSwitch = (layers & 0x10) !== 0;
      if (!this.isSimulcast) out.spatial = Math.min((layers >> 1) & 7, MAX_SPATIAL_LAYERS - 1);
      if (!isFlexible) {
        if (at >= length) return;
        out.baseLayerIndexOffset = at;
        out.baseLayerIndex = bytes[offset + at++]!;
      }
    }
    if (isInterPicture && isFlexible) {
      // At most three references; the last bit of each shows whether another one follows.
      for (let i = 0; i < 3; i++) {
        if (at >= length) return;
        if ((bytes[offset + at++]! & 1) === 0) break;
      }
    }
    out.beginsFrame = (first & 0x08) !== 0;
    out.endsFrame = (first & 0x04) !== 0;
    if (out.beginsFrame) {
      if (!isInterPicture) {
        out.isKeyFrame = out.spatial === 0;
        // In a key picture no layer refers to an earlier picture.
        out.switchLayers = out.isKeyFrame ? ALL_LAYERS : layersOf(out.spatial);
      } else if (hasUpSwitch && out.temporal === 0) {
        // Later frames of higher temporal layers do not refer to frames of those layers before this
        // one.
        out.switchTemporal = MAX_TEMPORAL_LAYERS - 1;
      }
    }
    if (first & 0x02) readStructure(bytes, offset + at, offset + length, this.isSimulcast, out);
  }
}

/** The scalability structure. */
function readStructure(bytes: Uint8Array, from: number, end: number, isSimulcast: boolean, out: FrameInfo): void {
  if (from >= end) return;
  const first = bytes[from]!;
  const spatialLayers = (first >> 5) + 1;
  let at = from + 1;
  if (first & 0x10) {
    if (at + spatialLayers * 4 > end) return;
    for (let i = 0; i < spatialLayers; i++, at += 4) {
      // If a structure has several layers, a simulcast stream carries the last of them.
      const layer = isSimulcast ? 0 : i;
      if (layer >= MAX_SPATIAL_LAYERS) continue;
      out.widths[layer] = (bytes[at]! << 8) | bytes[at + 1]!;
      out.heights[layer] = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    }
    out.spatialLayers = isSimulcast ? 1 : Math.min(spatialLayers, MAX_SPATIAL_LAYERS);
  }
  if ((first & 0x08) === 0 || at >= end) return;
  let highest = 0;
  for (let pictures = bytes[at++]!; pictures > 0; pictures--) {
    if (at >= end) return;
    highest = Math.max(highest, bytes[at]! >> 5);
    at += 1 + ((bytes[at]! >> 2) & 3);
  }
  out.temporalLayers = Math.min(highest + 1, MAX_TEMPORAL_LAYERS);
}
