// Hot path: no allocation per packet.
import type { RtpHeader } from '../rtp/header.js';
import type { FrameClassifier } from './frame-classifier.js';
import { ALL_LAYERS, type FrameInfo, MAX_TEMPORAL_LAYERS } from './frame-info.js';

/** VP8 (RFC 7741): the payload descriptor of section 4.2, and the payload header of section 4.3 where a frame begins. */
export class Vp8Classifier implements FrameClassifier {
  classify(header: RtpHeader, bytes: Uint8Array, out: FrameInfo): void {
    out.reset();
    const offset = header.payloadOffset;
    const length = header.payloadLength;
    if (length < 1) return;
    const first = bytes[offset]!;
    let at = 1;
    let hasSync = false;
    if (first & 0x80) {
      if (length < 2) return;
      const extension = bytes[offset + 1]!;
      at = 2;
      if (extension & 0x80) {
        if (!out.readPictureId(bytes, offset, at, length)) return;
        at += out.pictureIdBits === 15 ? 2 : 1;
      }
      if (extension & 0x40) {
        if (at >= length) return;
        out.baseLayerIndexOffset = at;
        out.baseLayerIndex = bytes[offset + at++]!;
      }
      if (extension & 0x30) {
        if (at >= length) return;
        if (extension & 0x20) {
          out.temporal = Math.min(bytes[offset + at]! >> 6, MAX_TEMPORAL_LAYERS - 1);
          hasSync = (bytes[offset + at]! & 0x20) !== 0;
        }
        at++;
      }
    }
    out.isDiscardable = (first & 0x20) !== 0;
    out.endsFrame = header.marker === 1;
    // Start of partition 0.
    out.beginsFrame = (first & 0x17) === 0x10;
    if (!out.beginsFrame) return;
    if (hasSync) out.switchTemporal = out.temporal;
    // The payload header's inverse key frame flag: 0 is a key frame.
    if (at >= length || (bytes[offset + at]! & 0x01) !== 0) return;
    out.isKeyFrame = true;
    out.switchLayers = ALL_LAYERS;
    out.spatialLayers = 1;
    // Frame tag of three bytes, start code of three, then 14 bits of width and height each, with two bits of scale (RFC 6386 section 9.1).
    if (at + 10 > length) return;
    out.widths[0] = bytes[offset + at + 6]! | ((bytes[offset + at + 7]! & 0x3f) << 8);
    out.heights[0] = bytes[offset + at + 8]! | ((bytes[offset + at + 9]! & 0x3f) << 8);
  }
}
