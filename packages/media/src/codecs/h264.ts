// Hot path: no allocation per packet.
import type { RtpHeader } from '../rtp/header.js';
import { BitReader } from './bit-reader.js';
import type { FrameClassifier } from './frame-classifier.js';
import { ALL_LAYERS, type FrameInfo } from './frame-info.js';

/**
 * H.264 (RFC 6184). A decoder starts at a sequence parameter set, which precedes each IDR picture
 * of a browser, alone or in an aggregate: a new decoder cannot start at an IDR picture without one.
 */
export class H264Classifier implements FrameClassifier {
  private readonly unescaped = new Uint8Array(MAX_SPS_BYTES);
  private readonly reader = new BitReader();

  classify(header: RtpHeader, bytes: Uint8Array, out: FrameInfo): void {
    out.reset();
    const at = header.payloadOffset;
    const length = header.payloadLength;
    if (length < 1) return;
    const type = bytes[at]! & 0x1f;
    out.isDiscardable = (bytes[at]! & 0x60) === 0;
    out.endsFrame = header.marker === 1;
    out.beginsFrame = true;
    if (type === NalUnit.Sps) this.startWith(bytes, at, length, out);
    else if (type === NalUnit.StapA) this.readAggregate(bytes, at + 1, at + length, out);
    else if (type === NalUnit.FuA) {
      if (length < 2) return;
      out.beginsFrame = (bytes[at + 1]! & 0x80) !== 0;
      if (out.beginsFrame && (bytes[at + 1]! & 0x1f) === NalUnit.Sps) this.startWith(bytes, at + 1, length - 1, out);
    }
  }

  /** Section 5.7.1: units, each after 16 bits of size. */
  private readAggregate(bytes: Uint8Array, from: number, end: number, out: FrameInfo): void {
    for (let at = from; at + 2 < end; ) {
      const size = (bytes[at]! << 8) | bytes[at + 1]!;
      at += 2;
      if (size === 0 || at + size > end) return;
      if ((bytes[at]! & 0x1f) === NalUnit.Sps) {
        this.startWith(bytes, at, size, out);
        return;
      }
      at += size;
    }
  }

  /** A sequence parameter set whose one-byte header is at `at`. */
  private startWith(bytes: Uint8Array, at: number, length: number, out: FrameInfo): void {
    out.isKeyFrame = true;
    out.switchLayers = ALL_LAYERS;
    out.spatialLayers = out.temporalLayers = 1;
    out.widths[0] = out.heights[0] = 0;
    this.readSize(bytes, at + 1, length - 1, out);
  }

  /** ITU-T H.264 sections 7.3.2.1.1 and 7.4.2.1.1. */
  private readSize(bytes: Uint8Array, from: number, length: number, out: FrameInfo): void {
    // Section 7.4.1.1: a 3 after two zeros only prevents a false start code.
    let size = 0;
    let zeros = 0;
    for (let i = 0; i < length && size < MAX_SPS_BYTES; i++) {
      const byte = bytes[from + i]!;
      if (zeros >= 2 && byte === 3) {
        zeros = 0;
        continue;
      }
      zeros = byte === 0 ? zeros + 1 : 0;
      this.unescaped[size++] = byte;
    }
    const { reader } = this;
    reader.open(this.unescaped, 0, size);
    const profile = reader.read(8);
    reader.skip(16);
    reader.expGolomb();
    let chromaFormat = 1;
    if (HIGH_PROFILES.includes(profile)) {
      chromaFormat = reader.expGolomb();
      if (chromaFormat === 3) reader.skip(1);
      reader.expGolomb();
      reader.expGolomb();
      reader.skip(1);
      if (reader.read(1) === 1) this.skipScalingLists(chromaFormat === 3 ? 12 : 8);
    }
    reader.expGolomb();
    const orderType = reader.expGolomb();
    if (orderType === 0) reader.expGolomb();
    else if (orderType === 1) {
      reader.skip(1);
      reader.expGolomb();
      reader.expGolomb();
      for (let count = reader.expGolomb(); count > 0 && !reader.isOver; count--) reader.expGolomb();
    }
    reader.expGolomb();
    reader.skip(1);
    const columns = reader.expGolomb() + 1;
    const rows = reader.expGolomb() + 1;
    const isProgressive = reader.read(1);
    if (!isProgressive) reader.skip(1);
    reader.skip(1);
    let width = columns * 16;
    let height = rows * 16 * (2 - isProgressive);
    if (reader.read(1) === 1) {
      const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
      const unitY = (chromaFormat === 1 ? 2 : 1) * (2 - isProgressive);
      width -= unitX * (reader.expGolomb() + reader.expGolomb());
      height -= unitY * (reader.expGolomb() + reader.expGolomb());
    }
    if (reader.isOver || width <= 0 || height <= 0 || width > MAX_SIZE || height > MAX_SIZE) return;
    out.widths[0] = width;
    out.heights[0] = height;
  }

  /** Section 7.3.2.1.1.1. */
  private skipScalingLists(count: number): void {
    const { reader } = this;
    for (let list = 0; list < count && !reader.isOver; list++) {
      if (reader.read(1) === 0) continue;
      const size = list < 6 ? 16 : 64;
      let last = 8;
      let next = 8;
      for (let i = 0; i < size && !reader.isOver; i++) {
        if (next !== 0) {
          const code = reader.expGolomb();
          const delta = code & 1 ? (code + 1) >> 1 : -(code >> 1);
          next = (last + delta) & 0xff;
        }
        if (next !== 0) last = next;
      }
    }
  }
}

/** RFC 6184 section 5.2, ITU-T H.264 table 7-1. */
const NalUnit = { Sps: 7, StapA: 24, FuA: 28 } as const;
/** Profiles whose parameter sets describe chroma (ITU-T H.264 section 7.3.2.1.1). */
const HIGH_PROFILES = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
/** The size is within the first bytes, at most after scaling lists. */
const MAX_SPS_BYTES = 512;
/** Pixels, of pictures at the largest level. */
const MAX_SIZE = 16_384;
