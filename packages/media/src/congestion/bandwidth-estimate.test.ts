import { describe, expect, it } from 'vitest';
import { writeFeedback } from '../../test/simulation/feedback-sender.js';
import { BandwidthEstimate } from './bandwidth-estimate.js';

/** Sends packets of 1,000 bytes, and gives feedback each tenth of a second. */
class Peer {
  readonly estimate = new BandwidthEstimate();
  now = 1000;
  sent = 0;
  private readonly times: number[] = [];
  private reported = 0;
  private feedbacks = 0;

  send(packets: number): void {
    for (let i = 0; i < packets; i++, this.now += 100 / packets) {
      expect(this.estimate.sent(this.now, 1000)).toBe(this.sent++ & 0xffff);
      this.times.push(this.now);
    }
    this.now = Math.round(this.now);
  }

  /** `delay`: milliseconds from sending to arrival of each packet; negative for lost. */
  answer(delay: (index: number) => number = () => 20): void {
    const reference = Math.floor((this.times[this.reported]! + 20) / 64);
    const statuses: number[] = [];
    const deltas: number[] = [];
    let ticks = reference * 256;
    for (let i = this.reported; i < this.sent; i++) {
      const after = delay(i);
      const change = Math.round((this.times[i]! + after) * 4) - ticks;
      statuses.push(after < 0 ? 0 : 2);
      if (after < 0) continue;
      ticks += change;
      deltas.push((change >> 8) & 0xff, change & 0xff);
    }
    const base = this.reported & 0xffff;
    this.reported = this.sent;
    this.give(writeFeedback(base, statuses, reference, this.feedbacks++, deltas));
  }

  give(packet: Uint8Array): void {
    const padding = packet[0]! & 0x20 ? packet.at(-1)! : 0;
    this.estimate.feedback(packet, 12, packet.length - 12 - padding, this.now);
  }

  /** Some seconds at 10 packets in a tenth of a second. */
  run(seconds: number, delay?: (index: number) => number): void {
    for (let i = 0; i < seconds * 10; i++) {
      this.send(10);
      this.answer(delay);
    }
  }
}

describe('BandwidthEstimate', () => {
  it('takes the losses of a path for its own, except those of TCP', () => {
    const own = [false, true].map((isReliable) => {
      const peer = new Peer();
      peer.estimate.setReliable(isReliable);
      peer.run(5, (index) => (index % 20 === 0 ? -1 : 20));
      return peer.estimate.losesByItself;
    });
    expect(own).toEqual([true, false]);
  });

  it('does not limit a receiver without feedback, and limits others to 600 kbit/s from the start', () => {
    const { estimate } = new Peer();
    expect([estimate.target, estimate.isLimited]).toEqual([Number.POSITIVE_INFINITY, false]);
    estimate.start(0);
    expect([estimate.target, estimate.isLimited, estimate.nextAt()]).toEqual([600_000, true, Number.POSITIVE_INFINITY]);
    estimate.sent(5000, 1000);
    expect(estimate.nextAt()).toBe(7000);
  });

  it('removes the limit when no feedback arrives for two seconds, and restores it with feedback', () => {
    const peer = new Peer();
    peer.send(10);
    expect(peer.estimate.nextAt()).toBe(3000);
    peer.estimate.advance(2999);
    expect(peer.estimate.isLimited).toBe(true);
    peer.estimate.advance(3000);
    expect([peer.estimate.target, peer.estimate.nextAt()]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    peer.answer();
    expect(peer.estimate.target).toBe(600_000);
  });

  it('fades when feedback stops while media are sent', () => {
    const peer = new Peer();
    peer.run(5);
    const { target } = peer.estimate;
    expect(peer.estimate.nextAt()).toBe(Number.POSITIVE_INFINITY);
    peer.send(10);
    peer.estimate.advance(peer.estimate.nextAt());
    expect(peer.estimate.target).toBeCloseTo(0.8 * target);
    expect(peer.estimate.nextAt()).toBe(Number.POSITIVE_INFINITY);
    for (let i = 0; i < 100; i++) {
      peer.send(1);
      peer.estimate.advance(peer.estimate.nextAt());
    }
    expect(peer.estimate.target).toBe(30_000);
  });

  it('counts arrived and lost packets, and takes back the loss of a late one', () => {
    const peer = new Peer();
    peer.send(10);
    peer.answer((index) => (index === 3 ? -1 : 20));
    expect([peer.estimate.packetsAcknowledged, peer.estimate.packetsLost]).toEqual([9, 1]);
    peer.give(writeFeedback(3, [2], 15, 1, [1, 2]));
    expect([peer.estimate.packetsAcknowledged, peer.estimate.packetsLost]).toEqual([10, 0]);
    peer.give(writeFeedback(3, [2], 15, 1, [1, 2]));
    expect([peer.estimate.packetsAcknowledged, peer.estimate.packetsLost]).toEqual([10, 0]);
  });

  it('is the REMB if that is less, and never zero', () => {
    const peer = new Peer();
    peer.run(3);
    peer.estimate.setCeiling(200_000);
    expect(peer.estimate.target).toBe(200_000);
    peer.estimate.setCeiling(0);
    expect(peer.estimate.target).toBe(30_000);
    const silent = new BandwidthEstimate();
    silent.setCeiling(500_000);
    expect([silent.target, silent.isLimited]).toEqual([500_000, true]);
  });

  it('counts headers', () => {
    const peer = new Peer();
    peer.run(3);
    expect(peer.estimate.acknowledgedBitrate / 800_000).toBeCloseTo(1, 1);
  });

  it('computes the round trip from the newest arrived packet', () => {
    const peer = new Peer();
    expect(peer.estimate.roundTripTime).toBeUndefined();
    peer.send(10);
    peer.answer();
    expect(peer.estimate.roundTripTime).toBe(10);
  });

  it('keeps its clock across packets that are no longer remembered', () => {
    const peer = new Peer();
    peer.run(2);
    // Feedback about 1,100 packets, of which 1,024 are remembered: their times must still be right.
    for (let i = 0; i < 110; i++) peer.send(10);
    const lost = peer.estimate.packetsLost;
    peer.answer();
    expect(peer.estimate.packetsLost).toBe(lost);
    peer.run(2);
    expect([peer.estimate.usage, peer.estimate.feedbackRefused]).toEqual(['normal', 0]);
  });

  describe('for a peer that lies', () => {
    it.each<[string, (peer: Peer) => Uint8Array]>([
      ['acknowledges what was never sent', (peer) => writeFeedback(peer.sent, [1, 1, 1], 40, 0, [1, 1, 1])],
      ['acknowledges a little more than was sent', (peer) => writeFeedback(peer.sent - 2, [1, 1, 1], 40, 0, [1, 1, 1])],
      ['acknowledges numbers from before the first', () => writeFeedback(0xff00, [1, 1, 1], 40, 0, [1, 1, 1])],
      [
        'reports about thousands at once',
        () => writeFeedback(0, new Array(400).fill(2), 40, 0, new Array(800).fill(127)),
      ],
      ['reports times long ago', (peer) => writeFeedback(peer.sent - 3, [1, 1, 1], 1, 0, [1, 1, 1])],
      ['reports a count without chunks', (peer) => writeFeedback(peer.sent - 1, [], 40, 0, [])],
    ])('who %s: nothing changes, and it is counted', (_what, forge) => {
      const peer = new Peer();
      peer.run(5);
      const { target, packetsAcknowledged, packetsLost } = peer.estimate;
      peer.send(10);
      for (let i = 0; i < 9; i++) peer.give(forge(peer));
      expect(peer.estimate).toMatchObject({ target, packetsAcknowledged, packetsLost, feedbackRefused: 9 });
    });

    it('about arrival times: the target is at most one and a half times the sent rate', () => {
      for (const delay of [(i: number) => 20 - (i % 10) * 9, () => 0, (i: number) => Math.max(0, 20 - i / 100)]) {
        const peer = new Peer();
        peer.run(60, delay);
        expect(peer.estimate.target).toBeLessThan(1.5 * 1_100_000);
      }
    });

    it('with feedback that never counts: its estimate fades as without feedback', () => {
      const peer = new Peer();
      peer.run(5);
      const { target } = peer.estimate;
      peer.send(10);
      for (let i = 0; i < 50; i++) peer.give(writeFeedback(peer.sent, [1], 40, 0, [1]));
      peer.estimate.advance(peer.now + 5000);
      expect(peer.estimate.target).toBeLessThan(target);
    });
  });
});
