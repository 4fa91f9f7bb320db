import { describe, expect, it } from 'vitest';
import { OutgoingPacket } from '../port/outgoing-packet.js';
import { Pacer } from './pacer.js';

/** A pacer, a virtual clock, and a log of the packets that left. */
class Line {
  now = 0;
  readonly left: { at: number; sequenceNumber: number; ssrc: number }[] = [];
  readonly stale: number[] = [];
  readonly beginning = new Set<number>();
  oldestHeld = 0;
  private sequenceNumber = 0;
  readonly pacer: Pacer = new Pacer(
    {
      leave: (packet) => this.depart(packet),
      holds: (position) => position >= this.oldestHeld,
      isBeginning: (ssrc) => this.beginning.has(ssrc),
      stale: (ssrc) => this.stale.push(ssrc),
    },
    0,
  );

  constructor(target: number) {
    this.pacer.setTarget(target, 0);
  }

  send(packets: number, options: { length?: number; ssrc?: number; isResend?: boolean } = {}): void {
    for (let i = 0; i < packets; i++) {
      const packet = Object.assign(new OutgoingPacket(), {
        length: options.length ?? 1200,
        ssrc: options.ssrc ?? 1,
        sequenceNumber: this.sequenceNumber++,
        position: this.sequenceNumber,
      });
      if (this.pacer.admits(this.now)) this.depart(packet);
      else this.pacer.queue(packet, options.isResend ?? false, this.now);
    }
  }

  run(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let at = this.pacer.nextAt(this.now); at <= end; at = this.pacer.nextAt(this.now)) {
      this.now = Math.max(this.now + 0.01, at);
      this.pacer.release(new OutgoingPacket(), this.now);
    }
    this.now = end;
  }

  private depart(packet: OutgoingPacket): void {
    this.pacer.left(packet.length, this.now);
    this.left.push({ at: this.now, sequenceNumber: packet.sequenceNumber, ssrc: packet.ssrc });
  }
}

describe('Pacer', () => {
  it('sends packets within the budget at once: frames at the estimate’s rate never wait', () => {
    // 2.4 Mbit/s: ten packets of a kilobyte thirty times a second.
    const line = new Line(2_400_000);
    for (let i = 0; i < 300; i++) {
      line.send(10, { length: 1000 });
      line.run(1000 / 30);
    }
    expect([line.left.length, line.pacer.packetsDelayed]).toEqual([3000, 0]);
  });

  it('spreads a key frame at one and a half times the estimate, then at the rate of the path, in runs', () => {
    const line = new Line(1_000_000);
    line.send(50);
    expect(line.left).toHaveLength(7);
    line.run(1000);
    expect(line.left.map(({ sequenceNumber }) => sequenceNumber)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    const last = line.left.at(-1)!.at;
    // 48 KB less the 8 KB that left at once, at 187.5 bytes a millisecond for 100 ms, then at
    // 137.5.
    expect(last).toBeGreaterThan(220);
    expect(last).toBeLessThan(360);
    const times = new Set(line.left.map(({ at }) => at));
    expect(times.size).toBeLessThan(16);
    expect([line.pacer.packetsDelayed, line.pacer.packetsQueued]).toEqual([43, 0]);
    expect(line.pacer.totalDelay).toBeGreaterThan(1000);
  });

  it('sends at most ten packets together, however small they are and wide the path', () => {
    const line = new Line(Number.POSITIVE_INFINITY);
    line.send(100, { length: 50 });
    expect(line.left).toHaveLength(10);
    line.run(100);
    expect(line.left).toHaveLength(100);
    for (const { at } of line.left) expect(line.left.filter((other) => other.at === at).length).toBeLessThanOrEqual(10);
  });

  it('sends retransmissions before new media', () => {
    const line = new Line(300_000);
    line.send(20, { ssrc: 1 });
    line.send(2, { ssrc: 2, isResend: true });
    const before = line.left.length;
    line.run(2000);
    expect(line.left.slice(before, before + 2).map(({ ssrc }) => ssrc)).toEqual([2, 2]);
  });

  it('follows the estimate while packets wait', () => {
    const line = new Line(300_000);
    line.send(40);
    line.run(50);
    line.pacer.setTarget(10_000_000, line.now);
    line.run(30);
    expect(line.left).toHaveLength(40);
  });

  it('drops a stream that waits longer than a second, and reports it once', () => {
    const line = new Line(100_000);
    line.send(60, { ssrc: 5 });
    line.run(5000);
    expect(line.stale).toEqual([5]);
    expect(line.pacer.packetsDropped + line.left.length).toBe(60);
    expect(line.left.at(-1)!.at).toBeLessThanOrEqual(1000);
    line.send(1, { ssrc: 5 });
    expect(line.left.at(-1)!.sequenceNumber).toBe(60);
  });

  it('drops nothing of a stream that has just begun', () => {
    const line = new Line(100_000);
    line.beginning.add(5);
    line.send(60, { ssrc: 5 });
    line.run(2000);
    expect([line.stale, line.pacer.packetsDropped]).toEqual([[], 0]);
    line.beginning.clear();
    line.run(1000);
    expect(line.stale).toEqual([5]);
  });

  it('drops packets that the store no longer holds', () => {
    const line = new Line(300_000);
    line.send(10, { ssrc: 5 });
    const left = line.left.length;
    line.oldestHeld = 1000;
    line.run(1000);
    expect([line.left.length, line.stale, line.pacer.packetsDropped]).toEqual([left, [5], 10 - left]);
  });

  it('sends nothing of a forgotten stream', () => {
    const line = new Line(300_000);
    line.send(10, { ssrc: 5 });
    line.send(10, { ssrc: 6 });
    line.pacer.forget(5);
    const before = line.left.length;
    line.run(5000);
    expect(new Set(line.left.slice(before).map(({ ssrc }) => ssrc))).toEqual(new Set([6]));
    expect([line.pacer.packetsQueued, line.pacer.bytesQueued, line.pacer.nextAt(line.now)]).toEqual([
      0,
      0,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it('holds four thousand packets and drops the stream that exceeds them', () => {
    const line = new Line(30_000);
    line.send(6000, { length: 20, ssrc: 5 });
    expect(line.stale.length).toBeGreaterThan(0);
    expect(line.pacer.packetsQueued).toBeLessThanOrEqual(4096);
  });

  it('counts packets that bypass it: sound leaves at once and delays media', () => {
    const line = new Line(600_000);
    line.pacer.left(12_000, 0);
    line.send(1);
    expect(line.left).toHaveLength(0);
    line.run(100);
    expect(line.left).toHaveLength(1);
  });
});
