import fc from 'fast-check';
import { JPG } from 'image-size/types/jpg';
import { describe, expect, it } from 'vitest';
import { withoutMetadata } from './metadata.js';
import type { PictureType } from './picture.js';

/** In every place where a camera or a program writes data beside the pixels. */
const CANARY = Buffer.from('GPS 52.5200N 13.4050E Ada');

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function segment(marker: number, ...content: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part as string, 'latin1')));
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

/** Big-endian Exif with an orientation, a maker and a GPS directory whose text is the canary. */
function exif(orientation: number): Buffer {
  const tiff = Buffer.concat([
    hex('4d4d002a 00000008 0002'),
    hex('0112 0003 00000001 0000 0000'),
    hex('8825 0004 00000001 00000026'),
    hex('00000000'),
    hex('0001 0002 0002 00000019 00000038 00000000'),
    CANARY,
  ]);
  tiff.writeUInt16BE(orientation, 18);
  return segment(0xe1, 'Exif\0\0', tiff);
}

/** Two scans, with a restart marker and a stuffed 0xff in the first. */
const frame = hex('ffc2 000b 08 0001 0001 01 011100');
const scans = hex('ffda 0008 01 0100 003f00 37ff00ffd038 ffda 0008 01 0100 003f00 12 ffd9');
const soi = hex('ffd8');
const jfif = segment(0xe0, 'JFIF\0', hex('0101 00 0001 0001 0000'));
const icc = segment(0xe2, 'ICC_PROFILE\0', hex('0101'), 'profile');
const adobe = segment(0xee, 'Adobe', hex('0064 0000 0000 01'));

function jpegWith(orientation: number): Buffer {
  return Buffer.concat([
    ...[soi, jfif, exif(orientation)],
    segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', CANARY),
    segment(0xe0, 'JFXX\0', CANARY),
    segment(0xe2, 'MPF\0', CANARY),
    segment(0xed, 'Photoshop 3.0\0', CANARY),
    segment(0xef, CANARY),
    segment(0xfe, CANARY),
    ...[icc, adobe, frame, scans, CANARY],
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, Buffer.from(type, 'latin1'), content, Buffer.alloc(4)]);
}

const pngHead = hex('89504e470d0a1a0a');
const ihdr = chunk('IHDR', hex('00000001 00000001 08 06 00 00 00'));
const idat = chunk('IDAT', hex('0102'));
const iend = chunk('IEND', Buffer.alloc(0));

function riff(...chunks: [string, Buffer][]): Buffer {
  const body = chunks.map(([type, content]) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(content.length);
    return Buffer.concat([Buffer.from(type, 'latin1'), length, content, Buffer.alloc(content.length % 2)]);
  });
  const all = Buffer.concat([Buffer.from('WEBP'), ...body]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(all.length);
  return Buffer.concat([Buffer.from('RIFF'), size, all]);
}

const gifHead = Buffer.concat([Buffer.from('GIF89a'), hex('0100 0100 80 00 00 000000 ffffff')]);
const gifControl = hex('21f9 04 00000000 00');
const gifLoop = Buffer.concat([hex('21ff0b'), Buffer.from('NETSCAPE2.0'), hex('03 010000 00')]);
const gifImage = hex('2c 0000 0000 0100 0100 00 02 02 4401 00');
const block = (text: Buffer) => Buffer.concat([Buffer.from([text.length]), text, Buffer.from([0])]);

const pictures: [PictureType, Buffer, Buffer][] = [
  ['image/jpeg', jpegWith(1), Buffer.concat([soi, jfif, icc, adobe, frame, scans])],
  [
    'image/png',
    Buffer.concat([
      ...[pngHead, ihdr, chunk('eXIf', CANARY), chunk('tEXt', CANARY), chunk('iTXt', CANARY), chunk('zTXt', CANARY)],
      ...[chunk('tIME', CANARY), chunk('caBX', CANARY), idat, chunk('prVt', CANARY), iend, CANARY],
    ]),
    Buffer.concat([pngHead, ihdr, idat, iend]),
  ],
  [
    'image/webp',
    Buffer.concat([
      riff(
        ['VP8X', hex('3c000000 000000 000000')],
        ['ICCP', Buffer.from('odd')],
        ['VP8L', hex('2f00000000')],
        ['EXIF', CANARY],
        ['XMP ', CANARY],
        ['more', CANARY],
      ),
      CANARY,
    ]),
    riff(['VP8X', hex('30000000 000000 000000')], ['ICCP', Buffer.from('odd')], ['VP8L', hex('2f00000000')]),
  ],
  [
    'image/gif',
    Buffer.concat([
      ...[gifHead, hex('21fe'), block(CANARY), gifLoop, hex('21ff0b'), Buffer.from('XMP DataXMP'), block(CANARY)],
      ...[gifControl, gifImage, hex('3b'), CANARY],
    ]),
    Buffer.concat([gifHead, gifLoop, gifControl, gifImage, hex('3b')]),
  ],
];

describe('withoutMetadata', () => {
  it.each(pictures)('keeps exactly the drawn bytes of %s', (type, bytes, drawn) => {
    expect(bytes.includes(CANARY)).toBe(true);
    const stripped = withoutMetadata(type, bytes);
    expect(stripped.toString('hex')).toBe(drawn.toString('hex'));
    expect(withoutMetadata(type, stripped).equals(stripped)).toBe(true);
  });

  it.each([3, 6, 8])('keeps the orientation of a photograph: %i', (orientation) => {
    const bytes = jpegWith(orientation);
    expect(JPG.calculate(bytes).orientation).toBe(orientation);
    const stripped = withoutMetadata('image/jpeg', bytes);
    expect(stripped.includes(CANARY)).toBe(false);
    expect(stripped.includes('GPS')).toBe(false);
    expect(JPG.calculate(stripped).orientation).toBe(orientation);
    expect(withoutMetadata('image/jpeg', stripped).equals(stripped)).toBe(true);
  });

  it.each(pictures)('refuses %s that is cut off anywhere, and never throws otherwise', (type, bytes, drawn) => {
    const refused = expect.objectContaining({ code: 'avatar.unsupported' });
    for (let length = 0; length < drawn.length; length += 1) {
      // Of a WebP, chunks may be missing at the end; its decoder decides.
      const cut = drawn.subarray(0, length);
      if (type !== 'image/webp') expect(() => withoutMetadata(type, cut)).toThrow(refused);
    }
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }))), (changes) => {
        const changed = Buffer.from(bytes);
        for (const [at, value] of changes) changed[at] = value;
        try {
          expect(withoutMetadata(type, changed).length).toBeLessThanOrEqual(changed.length + 36);
        } catch (error) {
          expect(error).toEqual(refused);
        }
      }),
    );
  });
});
