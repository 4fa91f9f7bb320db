import { describe, expect, it } from 'vitest';
import { ExtensionKind } from './extensions.js';
import { RtpHeader, RtpRefusal } from './header.js';

const kinds = new Uint8Array(256);
kinds[3] = ExtensionKind.TransportWide;
kinds[4] = ExtensionKind.Mid;

function parse(bytes: number[]): { header: RtpHeader; refusal: number } {
  const header = new RtpHeader();
  const arena = Uint8Array.of(9, 9, 9, ...bytes, 9, 9);
  return { header, refusal: header.parse(arena, 3, bytes.length, kinds) };
}

const FIXED = [0x60, 0x12, 0x34, 0x80, 0, 0, 1, 0xff, 0, 0, 2];

describe('RtpHeader', () => {
  it('reads the fixed fields, timestamps and SSRC as int32', () => {
    const { header, refusal } = parse([0x80, 0xe0, ...FIXED.slice(1), 7, 7]);
    expect(refusal).toBe(RtpRefusal.None);
    expect(header).toMatchObject({
      marker: 1,
      payloadType: 0x60,
      sequenceNumber: 0x1234,
      timestamp: -0x7fffffff,
      ssrc: -0xfffffe,
      payloadOffset: 15,
      payloadLength: 2,
    });
  });

  it('restores the original of an RTX packet, and refuses padding', () => {
    const { header } = parse([0x80, ...FIXED, 0xbe, 0xef, 7, 7, 7]);
    expect(header.restoreOriginal(Uint8Array.of(...new Array(15).fill(9), 0xbe, 0xef, 7, 7, 7), -5, 96)).toBe(true);
    expect(header).toMatchObject({ sequenceNumber: 0xbeef, ssrc: -5, payloadType: 96, timestamp: -0x7fffffff });
    expect(header).toMatchObject({ payloadOffset: 17, payloadLength: 3 });
    const probe = parse([0x80, ...FIXED, 7]).header;
    expect(probe.restoreOriginal(new Uint8Array(20), -5, 96)).toBe(false);
    expect(probe).toMatchObject({ sequenceNumber: 0x1234, payloadType: 0x60, payloadOffset: 15, payloadLength: 1 });
  });

  it('skips contributors', () => {
    const { header } = parse([0x82, ...FIXED, 1, 1, 1, 1, 2, 2, 2, 2, 7]);
    expect(header.payloadLength).toBe(1);
  });

  it('finds one-byte extensions among padding and unknown ones', () => {
    const extension = [0xbe, 0xde, 0, 3, 0x70, 1, 0, 0x31, 5, 6, 0, 0x40, 0x61, 0, 0, 0];
    const { header } = parse([0x90, ...FIXED, ...extension, 7]);
    expect(header.payloadLength).toBe(1);
    expect(header.extensionOffsets[ExtensionKind.TransportWide]).toBe(3 + 12 + 4 + 4);
    expect(header.extensionLengths[ExtensionKind.TransportWide]).toBe(2);
    expect(header.extensionLengths[ExtensionKind.Mid]).toBe(1);
  });

  it('finds two-byte extensions, and skips empty ones', () => {
    const { header } = parse([0x90, ...FIXED, 0x10, 0, 0, 2, 4, 0, 3, 2, 5, 6, 0, 0]);
    expect(header.extensionOffsets[ExtensionKind.Mid]).toBe(0);
    expect(header.extensionOffsets[ExtensionKind.TransportWide]).toBe(3 + 12 + 4 + 4);
  });

  it('stops at an element that extends over the end', () => {
    const { header, refusal } = parse([0x90, ...FIXED, 0xbe, 0xde, 0, 1, 0x3f, 1, 2, 3, 7]);
    expect(refusal).toBe(RtpRefusal.None);
    expect(header.extensionOffsets[ExtensionKind.TransportWide]).toBe(0);
  });

  it('removes padding', () => {
    const { header } = parse([0xa0, ...FIXED, 7, 0, 0, 3]);
    expect(header.payloadLength).toBe(1);
  });

  it.each([
    [RtpRefusal.TooShort, [0x80, ...FIXED.slice(0, 10)]],
    [RtpRefusal.BadVersion, [0x40, ...FIXED]],
    [RtpRefusal.BadContributors, [0x81, ...FIXED, 1, 2, 3]],
    [RtpRefusal.BadExtension, [0x90, ...FIXED, 0xbe, 0xde]],
    [RtpRefusal.BadExtension, [0x90, ...FIXED, 0xbe, 0xde, 0, 2, 0, 0, 0, 0]],
    [RtpRefusal.BadPadding, [0xa0, ...FIXED, 0]],
    [RtpRefusal.BadPadding, [0xa0, ...FIXED, 7, 3]],
  ])('refuses with %i', (reason, bytes) => {
    expect(parse(bytes).refusal).toBe(reason);
  });
});
