import type { Capture } from './capture.js';
import { DescriptorReader } from './descriptor-reader.js';
import { type RtpPacket, readRtp } from './wire.js';

/**
 * A frame of a capture, with the frames that its decoder needs; read independently of the engine's
 * code.
 */
export interface CapturedFrame {
  /** Index of its encoding. */
  stream: number;
  spatial: number;
  temporal: number;
  isKey: boolean;
  timestamp: number;
  /** Packets of the capture, in order. */
  packets: number[];
  references: CapturedFrame[];
  /** The number of its references outside the capture. */
  unresolved: number;
  /** By spatial layer, where a key frame states them. */
  sizes: { width: number; height: number }[];
}

/** By packet of the capture: its frame. Throws when frames are not whole. */
export function framesOf(capture: Capture): Map<number, CapturedFrame> {
  const { rtpParameters, packets } = capture;
  const byPacket = new Map<number, CapturedFrame>();
  const mediaType = rtpParameters.codecs[0]!.payloadType;
  const streams = new Map<number, { stream: number; read: Reader; open: CapturedFrame | undefined }>();
  for (const [index, { isRtp, bytes }] of packets.entries()) {
    const packet = isRtp && readRtp(bytes);
    if (!packet || packet.payloadType !== mediaType || packet.payload.length === 0) continue;
    const { timestamp, ssrc } = packet;
    if (!streams.has(ssrc))
      streams.set(ssrc, { stream: encodingOf(capture, packet), read: readerOf(capture), open: undefined });
    const one = streams.get(ssrc)!;
    const next: CapturedFrame = {
      ...{ stream: one.stream, spatial: 0, temporal: 0, isKey: false, timestamp },
      ...{ packets: [], references: [], unresolved: 0, sizes: [] },
    };
    const { begins, ends } = one.read(packet, next);
    if (begins === (one.open !== undefined)) throw new Error(`packet ${index} does not go on with its frame`);
    const frame = begins ? next : one.open!;
    if (frame.timestamp !== timestamp) throw new Error(`packet ${index} has another timestamp than its frame`);
    frame.packets.push(index);
    byPacket.set(index, frame);
    one.open = ends ? undefined : frame;
  }
  // Frames truncated by the end of the capture.
  for (const { open } of streams.values()) for (const index of open?.packets ?? []) byPacket.delete(index);
  return byPacket;
}

/** Reads a packet; if it begins a frame, also fills in the frame. */
type Reader = (packet: RtpPacket, frame: CapturedFrame) => { begins: boolean; ends: boolean };

function encodingOf({ rtpParameters }: Capture, packet: RtpPacket): number {
  const encodings = rtpParameters.encodings!;
  if (encodings.length === 1) return 0;
  const id = rtpParameters.headerExtensions!.find(({ uri }) => uri.endsWith(':rtp-stream-id'))!.id;
  const rid = Buffer.from(packet.extensions.get(id)!).toString();
  return encodings.findIndex((encoding) => encoding.rid === rid);
}

function readerOf(capture: Capture): Reader {
  if (capture.codec === 'vp8') return vp8Reader();
  return capture.codec === 'vp9' ? vp9Reader() : descriptorReader(capture);
}

function refer(frame: CapturedFrame, needed: readonly (CapturedFrame | undefined)[]): void {
  frame.references = [...new Set(needed.filter((one) => one !== undefined))];
  frame.unresolved = needed.filter((one) => one === undefined).length;
}

/** AV1, and H264 of Chromium: their dependency descriptors name the references of a frame. */
function descriptorReader(capture: Capture): Reader {
  const id = descriptorId(capture);
  const reader = new DescriptorReader();
  const byNumber = new Map<number, CapturedFrame>();
  return ({ extensions }, frame) => {
    const read = reader.read(extensions.get(id)!);
    const { begins, ends, frameNumber } = read;
    if (begins) {
      frame.spatial = capture.rtpParameters.encodings!.length > 1 ? 0 : read.spatial;
      frame.temporal = read.temporal;
      frame.isKey = read.hasStructure;
      if (read.hasStructure) frame.sizes = read.sizes;
      refer(
        frame,
        read.differences.map((difference) => byNumber.get((frameNumber - difference) & 0xffff)),
      );
      byNumber.set(frameNumber, frame);
    }
    return { begins, ends };
  };
}

export function descriptorId({ rtpParameters }: Pick<Capture, 'rtpParameters'>): number {
  return rtpParameters.headerExtensions!.find(({ uri }) => uri.includes('dependency-descriptor'))!.id;
}

/**
 * RFC 7741. The references of a frame are the frames that libwebrtc's receiver waits for: the base
 * layer alone at a switch point, else the last frame of each layer up to its own.
 */
function vp8Reader(): Reader {
  const last: (CapturedFrame | undefined)[] = [undefined, undefined, undefined, undefined];
  return ({ payload, marker }, frame) => {
    const { begins, isKey, temporal, isSwitchPoint, size } = readVp8(payload);
    if (begins) {
      frame.isKey = isKey;
      frame.temporal = temporal;
      if (size) frame.sizes = [size];
      if (isKey) last.fill(frame);
      else refer(frame, isSwitchPoint ? [last[0]] : last.slice(0, temporal + 1));
      last[temporal] = frame;
    }
    return { begins, ends: marker };
  };
}

/** RFC 9628. Flexible mode states the references, otherwise a group of pictures describes them. */
function vp9Reader(): Reader {
  const byPicture = new Map<string, CapturedFrame>();
  let group: { start: number; differences: number[][] } | undefined;
  return ({ payload }, frame) => {
    const read = readVp9(payload);
    const { begins, ends, pictureId, isInterPicture } = read;
    if (read.group) group = { start: pictureId, differences: read.group };
    if (begins) {
      const { spatial, temporal } = read;
      const inGroup = group?.differences[((pictureId - group.start) & 0x7fff) % group.differences.length];
      const differences = (read.isFlexible ? read.differences : inGroup) ?? [];
      const needed = isInterPicture
        ? differences.map((difference) => byPicture.get(`${(pictureId - difference) & 0x7fff}/${spatial}`))
        : [];
      if (read.isInterLayer) needed.push(byPicture.get(`${pictureId}/${spatial - 1}`));
      Object.assign(frame, { spatial, temporal, isKey: !isInterPicture && spatial === 0, sizes: read.sizes });
      refer(frame, needed);
      byPicture.set(`${pictureId}/${spatial}`, frame);
    }
    return { begins, ends };
  };
}

/** Ids of a payload of VP8 or VP9; -1 where it has none. */
export function pictureNumbers(codec: Capture['codec'], payload: Uint8Array): { pictureId: number; baseIndex: number } {
  if (codec === 'vp8') return readVp8(payload);
  if (codec === 'vp9') return readVp9(payload);
  return { pictureId: -1, baseIndex: -1 };
}

function readVp8(payload: Uint8Array) {
  const next = bytesOf(payload);
  const first = next();
  const extension = first & 0x80 ? next() : 0;
  const pictureId = extension & 0x80 ? readPictureId(next) : -1;
  const baseIndex = extension & 0x40 ? next() : -1;
  const layers = extension & 0x30 ? next() : 0;
  const begins = (first & 0x10) !== 0 && (first & 7) === 0;
  const tag = begins ? [next(), next(), next()] : [1];
  const isKey = (tag[0]! & 1) === 0;
  let size: { width: number; height: number } | undefined;
  if (isKey) {
    if (next() !== 0x9d || next() !== 0x01 || next() !== 0x2a) throw new Error('a key frame without start code');
    size = { width: next() | ((next() & 0x3f) << 8), height: next() | ((next() & 0x3f) << 8) };
  }
  return { begins, isKey, pictureId, baseIndex, temporal: layers >> 6, isSwitchPoint: (layers & 0x20) !== 0, size };
}

function readVp9(payload: Uint8Array) {
  const next = bytesOf(payload);
  const first = next();
  const has = (bit: number) => (first & bit) !== 0;
  const [isInterPicture, isFlexible, begins, ends] = [has(0x40), has(0x10), has(0x08), has(0x04)];
  const pictureId = has(0x80) ? readPictureId(next) : -1;
  const layers = has(0x20) ? next() : 0;
  const baseIndex = has(0x20) && !isFlexible ? next() : -1;
  const differences: number[] = [];
  for (let more = isInterPicture && isFlexible; more; ) {
    const byte = next();
    differences.push(byte >> 1);
    more = (byte & 1) !== 0;
  }
  const sizes: { width: number; height: number }[] = [];
  let group: number[][] | undefined;
  if (has(0x02)) {
    const structure = next();
    if (structure & 0x10) {
      for (let i = 0; i <= structure >> 5; i++)
        sizes.push({ width: (next() << 8) | next(), height: (next() << 8) | next() });
    }
    if (structure & 0x08) {
      group = Array.from({ length: next() }, () => Array.from({ length: (next() >> 2) & 3 }, next));
    }
  }
  return {
    ...{ isInterPicture, isFlexible, begins, ends, pictureId, baseIndex, differences, sizes, group },
    ...{ temporal: layers >> 5, spatial: (layers >> 1) & 7, isInterLayer: (layers & 1) !== 0 },
  };
}

function bytesOf(payload: Uint8Array): () => number {
  let at = 0;
  return () => {
    if (at >= payload.length) throw new Error('the payload ends too early');
    return payload[at++]!;
  };
}

function readPictureId(next: () => number): number {
  const first = next();
  return first & 0x80 ? ((first & 0x7f) << 8) | next() : first;
}
