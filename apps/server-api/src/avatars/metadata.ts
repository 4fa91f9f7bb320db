import { CodedError } from '@waterbus/protocol';
import { JPG } from 'image-size/types/jpg';
import type { PictureType } from './picture.js';

/*
 * Cameras write into a picture the place and time of taking, the device and the person; programs
 * add comments, former versions and previews. Only the parts needed to draw it stay, by a list of
 * those parts: future kinds of metadata are removed too. The pixels are not changed.
 */

/** Rejects with `avatar.unsupported` for a file that is not a complete picture of this type. */
export function withoutMetadata(type: PictureType, bytes: Buffer): Buffer {
  try {
    return strippers[type](bytes);
  } catch {
    // A read beyond the end, or an invalid part.
    throw new CodedError('avatar.unsupported');
  }
}

const strippers: Record<PictureType, (bytes: Buffer) => Buffer> = {
  'image/jpeg': strippedJpeg,
  'image/png': strippedPng,
  'image/webp': strippedWebp,
  'image/gif': strippedGif,
};

/**
 * ITU T.81 annex B: marker segments; after each start of scan, coded data up to the next marker.
 */
function strippedJpeg(bytes: Buffer): Buffer {
  const { orientation } = JPG.calculate(bytes);
  const parts = [bytes.subarray(0, 2), orientationSegment(orientation ?? 1)];
  for (let at = 2; ; ) {
    if (bytes[at] !== 0xff) throw new Error('no marker');
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1;
    } else if (marker === END_OF_IMAGE) {
      // The rest is a preview, a video or other data.
      parts.push(bytes.subarray(at, at + 2));
      return Buffer.concat(parts);
    } else {
      let end = at + 2 + bytes.readUInt16BE(at + 2);
      if (marker === START_OF_SCAN) end = endOfScan(bytes, end);
      if (isDrawn(marker, bytes.subarray(at + 4, end))) parts.push(bytes.subarray(at, end));
      at = end;
    }
  }
}

/** The next marker other than a restart; 0xff in coded data is followed by 0. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = from; at + 1 < bytes.length; at += 1) {
    if (bytes[at] !== 0xff) continue;
    const next = bytes.readUInt8(at + 1);
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  throw new Error('no end');
}

/** Frames, tables and scans; of the application's segments those of the colours. */
function isDrawn(marker: number, content: Buffer): boolean {
  if (marker >= 0xc0 && marker <= 0xdd) return true;
  const name = APPLICATION_SEGMENTS[marker];
  return name !== undefined && content.subarray(0, name.length).toString('latin1') === name;
}

/** An Exif segment (CIPA DC-008) with the orientation field only. */
function orientationSegment(orientation: number): Buffer {
  if (!(orientation > 1 && orientation <= 8)) return Buffer.alloc(0);
  const segment = Buffer.from('ffe100224578696600004d4d002a00000008000101120003000000010000000000000000', 'hex');
  segment.writeUInt16BE(orientation, 28);
  return segment;
}

/** W3C PNG section 5.3: length, type, data, checksum. */
function strippedPng(bytes: Buffer): Buffer {
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; ; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) throw new Error('cut off');
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (PNG_CHUNKS.has(type)) parts.push(bytes.subarray(at, end));
    if (type === 'IEND') return Buffer.concat(parts);
    at = end;
  }
}

/** RFC 9649 section 2.3: chunks of type, length and data, padded to even lengths. */
function strippedWebp(bytes: Buffer): Buffer {
  const length = Math.min(bytes.length, 8 + bytes.readUInt32LE(4));
  const parts: Buffer[] = [];
  for (let at = 12; at < length; ) {
    const type = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const end = at + 8 + size + (size % 2);
    if (at + 8 + size > length) throw new Error('cut off');
    if (WEBP_CHUNKS.has(type)) {
      const chunk = Buffer.alloc(end - at);
      bytes.copy(chunk, 0, at, end);
      if (type === 'VP8X') chunk.writeUInt8(chunk.readUInt8(8) & ~WEBP_METADATA, 8);
      parts.push(chunk);
    }
    at = end;
  }
  const header = Buffer.from(bytes.subarray(0, 12));
  header.writeUInt32LE(4 + parts.reduce((sum, part) => sum + part.length, 0), 4);
  return Buffer.concat([header, ...parts]);
}

/** GIF89a: a screen, then extensions and images, each with sub-blocks up to an empty one. */
function strippedGif(bytes: Buffer): Buffer {
  let at = 13 + colourTable(bytes.readUInt8(10));
  const parts = [bytes.subarray(0, at)];
  for (;;) {
    const kind = bytes.readUInt8(at);
    if (kind === GIF_TRAILER) {
      parts.push(bytes.subarray(at, at + 1));
      return Buffer.concat(parts);
    }
    let end: number;
    let kept = true;
    if (kind === GIF_EXTENSION) {
      const label = bytes.readUInt8(at + 1);
      kept =
        label === GIF_CONTROL || (label === GIF_APPLICATION && LOOPING.has(bytes.toString('latin1', at + 3, at + 14)));
      end = endOfBlocks(bytes, at + 2);
    } else if (kind === GIF_IMAGE) {
      end = endOfBlocks(bytes, at + 11 + colourTable(bytes.readUInt8(at + 9)));
    } else {
      throw new Error('no block');
    }
    if (kept) parts.push(bytes.subarray(at, end));
    at = end;
  }
}

function colourTable(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function endOfBlocks(bytes: Buffer, from: number): number {
  let at = from;
  for (let size = bytes.readUInt8(at); size > 0; size = bytes.readUInt8(at)) at += 1 + size;
  return at + 1;
}

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** Of APP0, APP2 and APP14: aspect ratio, colour profile, colour transform. */
const APPLICATION_SEGMENTS: Record<number, string> = { 224: 'JFIF\0', 226: 'ICC_PROFILE\0', 238: 'Adobe' };

const PNG_CHUNKS = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT'.split(' '),
);

const WEBP_CHUNKS = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
/** Flags of VP8X for the chunks EXIF and XMP. */
const WEBP_METADATA = 0x0c;

const GIF_TRAILER = 0x3b;
const GIF_EXTENSION = 0x21;
const GIF_IMAGE = 0x2c;
const GIF_CONTROL = 0xf9;
const GIF_APPLICATION = 0xff;
const LOOPING = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0']);
