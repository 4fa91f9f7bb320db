import { parseStun } from '@waterbus/stun';
import { createClassifier } from '../../src/codecs/classifier.js';
import type { FrameClassifier } from '../../src/codecs/frame-classifier.js';
import { FrameInfo, MAX_SPATIAL_LAYERS, MAX_TEMPORAL_LAYERS } from '../../src/codecs/frame-info.js';
import { BandwidthEstimate } from '../../src/congestion/bandwidth-estimate.js';
import { FeedbackReader } from '../../src/congestion/feedback-reader.js';
import { IceCheck } from '../../src/ice/check.js';
import { RedundantBlocks } from '../../src/red/redundant-blocks.js';
import { parseRtcp, type RtcpSink } from '../../src/rtcp/parse.js';
import { ExtensionKind } from '../../src/rtp/extensions.js';
import { RtpHeader, RtpRefusal } from '../../src/rtp/header.js';

const CODECS = ['video/vp8', 'video/vp9', 'video/h264', 'video/av1'];
const classifiers: Record<string, FrameClassifier> = Object.fromEntries(
  CODECS.map((mimeType) => [mimeType, createClassifier(mimeType, false)]),
);
const info = new FrameInfo();

/**
 * One function for each parser of peers' bytes: it throws when the parser throws, reads outside its
 * bytes, or returns an inconsistent result. Each accepts any bytes.
 */
export const targets: Readonly<Record<string, (bytes: Uint8Array) => void>> = {
  stun(bytes) {
    const message = parseStun(bytes);
    const check = message && IceCheck.read(message);
    const priority = check?.priority ?? 0;
    if (!Number.isInteger(priority) || priority < 0) throw new Error('priority outside the message');
  },

  rtp(bytes) {
    // Surrounded by foreign bytes, so that a read past an end changes the result.
    const arena = new Uint8Array(bytes.length + 64).fill(0xff);
    arena.set(bytes, 32);
    if (header.parse(arena, 32, bytes.length, kinds) !== RtpRefusal.None) return;
    within(header.payloadOffset, header.payloadLength, 32, bytes.length);
    for (let kind = 1; kind < header.extensionOffsets.length; kind++) {
      const offset = header.extensionOffsets[kind]!;
      if (offset !== 0) within(offset, header.extensionLengths[kind]!, 32, bytes.length);
    }
    for (const mimeType of CODECS) classifiers[mimeType]!.classify(header, arena, info);
  },

  ...Object.fromEntries(
    CODECS.map((mimeType) => [
      mimeType,
      (bytes: Uint8Array) => {
        // For AV1 the first half is a dependency descriptor; the surrounding bytes must not matter.
        const half = mimeType === 'video/av1' ? bytes.length >> 1 : 0;
        const results = [0, 0xff].map((around) => {
          const arena = new Uint8Array(bytes.length + 64).fill(around);
          arena.set(bytes, 32);
          header.extensionOffsets.fill(0);
          header.extensionOffsets[ExtensionKind.DependencyDescriptor] = half > 0 ? 32 : 0;
          header.extensionLengths[ExtensionKind.DependencyDescriptor] = half;
          header.payloadOffset = 32 + half;
          header.payloadLength = bytes.length - half;
          createClassifier(mimeType, false).classify(header, arena, info);
          return JSON.stringify(info);
        });
        if (results[0] !== results[1]) throw new Error('read over the end');
        if (info.spatial >= MAX_SPATIAL_LAYERS || info.temporal >= MAX_TEMPORAL_LAYERS) throw new Error('no layer');
        if (info.maskBit + info.decodeTargets > 8 * 300) throw new Error('a mask outside every descriptor');
        if (info.spatialLayers > MAX_SPATIAL_LAYERS || info.temporalLayers > MAX_TEMPORAL_LAYERS)
          throw new Error('layers');
        if (info.pictureId >= 0 && info.pictureIdOffset + info.pictureIdBits / 8 > header.payloadLength) {
          throw new Error('a picture id outside the payload');
        }
      },
    ]),
  ),

  red(bytes) {
    const arena = new Uint8Array(bytes.length + 64).fill(0xff);
    arena.set(bytes, 32);
    const blocks = new RedundantBlocks();
    if (!blocks.parse(arena, 32, bytes.length)) return;
    let payload = 0;
    for (let i = 0; i < blocks.count; i++) {
      within(blocks.offsets[i]!, blocks.lengths[i]!, 32, bytes.length);
      payload += blocks.lengths[i]!;
    }
    // Headers of four bytes, the last of one.
    if (payload + 4 * (blocks.count - 1) + 1 !== bytes.length) throw new Error('blocks that overlap, or leave a gap');
  },

  rtcp(bytes) {
    const arena = new Uint8Array(bytes.length + 64).fill(0xff);
    arena.set(bytes, 32);
    sink.end = 32 + bytes.length;
    parseRtcp(arena, 32, bytes.length, sink);
  },

  transportFeedback(bytes) {
    const arena = new Uint8Array(bytes.length + 64).fill(0xff);
    arena.set(bytes, 32);
    const reader = new FeedbackReader();
    if (reader.begin(arena, 32, bytes.length) === undefined) {
      let packets = 0;
      while (reader.next()) packets++;
      if (packets !== reader.count) throw new Error('counts more or fewer packets than it reports about');
      if (Math.abs(reader.ticks) > packets * 0x8000) throw new Error('impossible time');
    }
    // The same bytes, as feedback about packets that were sent: for any content the target is a
    // rate, and no higher than the sent packets make plausible.
    const estimate = new BandwidthEstimate();
    for (let i = 0; i < 300; i++) estimate.sent(i, 1000);
    for (let now = 300; now < 330; now++) estimate.feedback(arena, 32, bytes.length, now);
    if (!(estimate.target >= 10_000 && estimate.target <= 24_000_000))
      throw new Error(`a target of ${estimate.target}`);
    if (estimate.packetsLost < 0 || estimate.packetsLost + estimate.packetsAcknowledged > 300) {
      throw new Error('impossible counts');
    }
  },
};

const header = new RtpHeader();
const kinds = new Uint8Array(256);
for (let id = 1; id < 256; id++) kinds[id] = 1 + (id % ExtensionKind.DependencyDescriptor);

const sink: RtcpSink & { end: number } = {
  end: 0,
  senderReport() {},
  reportBlock(_ssrc, fractionLost, lost, highest) {
    if (fractionLost > 255 || lost < -0x800000 || lost > 0x7fffff || highest < 0) throw new Error('impossible report');
  },
  bye() {},
  nack(_ssrc, packetId, bitmask) {
    if (packetId > 0xffff || bitmask > 0xffff) throw new Error('impossible NACK');
  },
  keyFrameRequest() {},
  maximumBitrate(bitsPerSecond) {
    if (!(bitsPerSecond >= 0)) throw new Error('impossible bitrate');
  },
  transportFeedback(offset, length) {
    if (length < 0 || offset + length > sink.end) throw new Error('feedback outside the packet');
  },
};

function within(offset: number, length: number, start: number, total: number): void {
  if (offset < start || length < 0 || offset + length > start + total) throw new Error('outside the packet');
}
