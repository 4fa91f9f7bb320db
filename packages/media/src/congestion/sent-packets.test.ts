import { describe, expect, it } from 'vitest';
import { SentPackets, SentState } from './sent-packets.js';

describe('SentPackets', () => {
  it('numbers packets in the order in which they leave, and wraps on the wire only', () => {
    const sent = new SentPackets();
    for (let i = 0; i < 0x10000 + 3; i++) expect(sent.note(i, 100 + (i % 7), 0)).toBe(i & 0xffff);
    const slot = sent.slot(0x10000 + 0x10002);
    expect(sent.sentAt(slot)).toBe(0x10002);
    expect(sent.size(slot)).toBe(100 + (0x10002 % 7));
  });

  it('has no memory before the first packet', () => {
    const sent = new SentPackets();
    expect([sent.capacity, sent.slot(0x10000), sent.slot(0)]).toEqual([0, -1, -1]);
    sent.repeat(7);
    sent.note(0, 1, 0);
    expect(sent.capacity).toBe(1024);
  });

  it('knows neither packets not sent yet nor those sent long ago', () => {
    const sent = new SentPackets();
    for (let i = 0; i < 5000; i++) sent.note(i, 1, 0);
    expect(sent.slot(0x10000 + 5000)).toBe(-1);
    expect(sent.slot(0x10000 + 4999)).toBeGreaterThanOrEqual(0);
    expect(sent.slot(0x10000 + 5000 - 1024)).toBeGreaterThanOrEqual(0);
    expect(sent.slot(0x10000 + 5000 - 1025)).toBe(-1);
  });

  it('grows while a receiver that answers has more in flight, and keeps its contents', () => {
    const sent = new SentPackets();
    sent.isAnswered = true;
    for (let i = 0; i < 20_000; i++) sent.note(i, i % 1000, i % 200);
    expect(sent.capacity).toBe(8192);
    for (let i = 20_000 - 8192; i < 20_000; i++) {
      const slot = sent.slot(0x10000 + i);
      expect([sent.sentAt(slot), sent.size(slot), sent.cluster(slot), sent.state(slot)]).toEqual([
        i,
        i % 1000,
        i % 200,
        0,
      ]);
    }
  });

  it('does not know packets that its ring had overwritten before it grew', () => {
    const sent = new SentPackets();
    for (let i = 0; i < 1500; i++) sent.note(i, 1, 0);
    sent.isAnswered = true;
    sent.note(1500, 1, 0);
    expect(sent.capacity).toBe(2048);
    expect(sent.state(sent.slot(0x10000 + 1500 - 1024))).toBe(SentState.InFlight);
    expect(sent.state(sent.slot(0x10000 + 1500 - 1025))).toBe(SentState.Repeated);
  });

  it('does not accept the arrival of a repeated packet as proof', () => {
    const sent = new SentPackets();
    for (let i = 0; i < 0x10000 + 100; i++) sent.note(i, 1, 0);
    sent.repeat(50);
    expect(sent.state(sent.slot(0x20000 + 50))).toBe(SentState.Repeated);
    sent.setState(sent.slot(0x20000 + 51), SentState.Acknowledged);
    sent.repeat(51);
    expect(sent.state(sent.slot(0x20000 + 51))).toBe(SentState.Acknowledged);
  });
});
