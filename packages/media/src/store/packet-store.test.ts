import { describe, expect, it } from 'vitest';
import { FrameInfo } from '../codecs/frame-info.js';
import { ExtensionKind, routerExtensionIds } from '../rtp/extensions.js';
import { RtpHeader, RtpRefusal } from '../rtp/header.js';
import {
  descriptorBytes,
  descriptorOffset,
  PacketStore,
  payloadLength,
  TRANSPORT_WIDE_OFFSET,
  transportWideOffset,
} from './packet-store.js';

const kinds = new Uint8Array(256);
kinds[7] = ExtensionKind.AudioLevel;

/** A packet with an audio level and `size` bytes of payload. */
function parsed(size: number, fill = 0xab): { header: RtpHeader; bytes: Uint8Array } {
  const head = [0x90, 0x80 | 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0, 1, 0x70, 0x85, 0, 0];
  const bytes = new Uint8Array(head.length + size).fill(fill);
  bytes.set(head);
  const header = new RtpHeader();
  header.parse(bytes, 0, bytes.length, kinds);
  return { header, bytes };
}

describe('PacketStore', () => {
  it('writes the outgoing form: transport-wide number first, then the passed-through extensions', () => {
    const arena = new Uint8Array(2_000_000);
    const store = new PacketStore(arena, 1000, 1_000_000);
    const { header, bytes } = parsed(5);
    const position = store.write(header, bytes);
    const offset = store.arenaOffset(position);
    expect([...arena.subarray(offset, offset + 2)]).toEqual([0x90, 0x80]);
    expect([...arena.subarray(offset + 12, offset + store.lastLength)]).toEqual(
      [0xbe, 0xde, 0, 2, 0x51, 0, 0, 0xa0, 0x85, 0, 0, 0].concat(new Array(5).fill(0xab)),
    );
    expect(TRANSPORT_WIDE_OFFSET).toBe(17);
    expect(payloadLength(arena, offset, store.lastLength)).toBe(5);
  });

  it('knows which packets are still there, and never splits one over its end', () => {
    const arena = new Uint8Array(1_200_000);
    const store = new PacketStore(arena, 100, 1_000_000);
    const written: { position: number; fill: number; length: number }[] = [];
    for (let i = 0; i < 3000; i++) {
      const { header, bytes } = parsed(1100 + (i % 90), i & 0xff);
      written.push({ position: store.write(header, bytes), fill: i & 0xff, length: store.lastLength });
    }
    const kept = written.filter(({ position }) => store.holds(position));
    expect(kept.length).toBeGreaterThan(500);
    expect(kept.length).toBeLessThan(700);
    // Packets written before the flush, up to the bound, leave them unchanged.
    for (const from = store.position; store.position - from < store.bytesUntilFlush; ) {
      const { header, bytes } = parsed(1189, 0xee);
      store.write(header, bytes);
    }
    for (const { position, fill, length } of kept) {
      const offset = store.arenaOffset(position);
      expect(offset).toBeGreaterThanOrEqual(100);
      expect(offset + length).toBeLessThanOrEqual(1_000_100);
      expect(arena[offset + length - 1]).toBe(fill);
      expect(arena[offset + 30]).toBe(fill);
    }
    expect(store.holds(Number.NEGATIVE_INFINITY)).toBe(false);
  });

  it('writes two-byte extensions where a descriptor is longer than 16 bytes, and returns the offsets of the parts', () => {
    const arena = new Uint8Array(2_000_000);
    const store = new PacketStore(arena, 0, 1_000_000);
    for (const size of [4, 16, 17, 100]) {
      const { header, bytes } = parsed(50, 0x5a);
      header.extensionOffsets[ExtensionKind.DependencyDescriptor] = 20;
      header.extensionLengths[ExtensionKind.DependencyDescriptor] = size;
      const source = new Uint8Array(bytes.length + 100).fill(0x5a);
      source.set(bytes);
      const offset = store.arenaOffset(store.write(header, source, new FrameInfo()));
      const isLong = size > 16;
      expect([arena[offset + 12], arena[offset + 13]]).toEqual(isLong ? [0x10, 0] : [0xbe, 0xde]);
      expect(transportWideOffset(arena, offset)).toBe(isLong ? 18 : 17);
      expect([descriptorOffset(arena, offset), descriptorBytes(arena, offset)]).toEqual([isLong ? 22 : 20, size]);
      expect(payloadLength(arena, offset, store.lastLength)).toBe(50);
      // Receivers read the written packet.
      const back = new RtpHeader();
      const ids = new Uint8Array(256);
      for (const [kind, id] of routerExtensionIds.entries()) ids[id] = kind;
      expect(back.parse(arena, offset, store.lastLength, ids)).toBe(RtpRefusal.None);
      expect(back.extensionLengths[ExtensionKind.DependencyDescriptor]).toBe(size);
      expect(back.extensionOffsets[ExtensionKind.TransportWide]).toBe(offset + transportWideOffset(arena, offset));
      expect(arena[back.extensionOffsets[ExtensionKind.AudioLevel]!]).toBe(0x85);
    }
    const { header, bytes } = parsed(5);
    store.write(header, bytes);
    expect(descriptorOffset(arena, store.arenaOffset(store.position - store.lastLength))).toBe(0);
  });

  it('refuses to be too small', () => {
    expect(() => new PacketStore(new Uint8Array(1000), 0, 1000)).toThrow(RangeError);
  });
});
