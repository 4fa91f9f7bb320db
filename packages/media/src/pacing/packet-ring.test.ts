import { describe, expect, it } from 'vitest';
import { OutgoingPacket } from '../port/outgoing-packet.js';
import { PacketRing } from './packet-ring.js';

const packet = (fields: Partial<OutgoingPacket>) => Object.assign(new OutgoingPacket(), fields);

describe('PacketRing', () => {
  it('restores every field of a packet, also a position beyond 32 bits', () => {
    const fields = Object.fromEntries(Object.keys(new OutgoingPacket()).map((name, i) => [name, i - 4]));
    const ring = new PacketRing();
    ring.push(packet({ ...fields, position: 2 ** 40 + 1, length: 1200 }), 7);
    expect([ring.count, ring.bytes, ring.firstTime, ring.firstPosition, ring.firstLength]).toEqual([
      1,
      1200,
      7,
      2 ** 40 + 1,
      1200,
    ]);
    const back = new OutgoingPacket();
    ring.shift(back);
    expect(back).toEqual(packet({ ...fields, position: 2 ** 40 + 1, length: 1200 }));
    expect([ring.count, ring.bytes]).toEqual([0, 0]);
  });

  it('keeps the order over its ends and while it grows, up to its limit', () => {
    const ring = new PacketRing();
    const back = new OutgoingPacket();
    let next = 0;
    let expected = 0;
    for (let i = 0; i < 50; i++) ring.push(packet({ sequenceNumber: next++, length: 1 }), 0);
    for (let i = 0; i < 40; i++) {
      ring.shift(back);
      expect(back.sequenceNumber).toBe(expected++);
    }
    while (ring.push(packet({ sequenceNumber: next, length: 1 }), 0)) next++;
    expect(ring.count).toBe(4096);
    while (ring.count > 0) {
      ring.shift(back);
      expect(back.sequenceNumber).toBe(expected++);
    }
    expect(expected).toBe(next);
  });

  it('drops one stream out of several', () => {
    const ring = new PacketRing();
    for (let i = 0; i < 30; i++) ring.push(packet({ ssrc: i % 3, sequenceNumber: i, length: 10 + (i % 3) }), i);
    expect(ring.drop(1)).toBe(10);
    expect(ring.drop(9)).toBe(0);
    expect([ring.count, ring.bytes]).toEqual([20, 10 * 10 + 10 * 12]);
    const back = new OutgoingPacket();
    const numbers: number[] = [];
    while (ring.count > 0) {
      expect(ring.firstSsrc).not.toBe(1);
      expect(ring.firstTime % 3).toBe(ring.firstSsrc);
      ring.shift(back);
      numbers.push(back.sequenceNumber);
    }
    expect(numbers).toEqual(Array.from({ length: 30 }, (_, i) => i).filter((i) => i % 3 !== 1));
  });
});
