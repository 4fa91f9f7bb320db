import { describe, expect, it } from 'vitest';
import { SoundReception } from './sound-reception.js';

/** A receiver that reports each five seconds about packets of 20 ms, 50 a second. */
class Line {
  readonly reception = new SoundReception();
  now = 0;
  private readonly totals = { highest: 0xffff_ff00, lost: 0, numbered: 1000, sent: 1000 };
  private number = 0;

  constructor(private readonly isRedundant = false) {
    this.reception.report({ ...this.totals }, isRedundant, this.now);
  }

  /** `loss` of what was sent; `unsent` of what the publisher sent did not reach us. */
  reports(count: number, loss: number, { packets = 250, unsent = 0, inRow = 0, interval = 5000 } = {}): string {
    return Array.from({ length: count }, () => {
      const { totals, reception } = this;
      const missing = Math.round(packets * unsent);
      const lost = Math.round((packets - missing) * loss);
      this.now += interval;
      totals.highest = (totals.highest + packets) >>> 0;
      totals.numbered += packets;
      totals.sent += packets - missing;
      totals.lost += missing + lost;
      for (let i = 0; i < lost; i++) {
        this.number += i < lost * inRow ? 1 : 2;
        reception.request(this.number & 0xffff);
      }
      reception.report({ ...totals }, this.isRedundant, this.now);
      reception.advance(this.now);
      return reception.isIntelligible ? '+' : '-';
    }).join('');
  }
}

describe('the reception of sound', () => {
  it('is unintelligible from the second report of much loss on, and not again before two of little', () => {
    const line = new Line();
    expect(line.reports(3, 0.3)).toBe('+--');
    expect(line.reports(3, 0.05)).toBe('-++');
  });

  it('does not change with a burst, nor between the limits', () => {
    const line = new Line();
    expect([line.reports(1, 0.9), line.reports(1, 0), line.reports(1, 0.9), line.reports(1, 0)].join('')).toBe('++++');
    expect(line.reports(6, 0.2)).toBe('++++++');
    line.reports(2, 0.25);
    expect(line.reports(6, 0.16)).toBe('------');
  });

  it('does not change with the loss between publisher and server', () => {
    const line = new Line();
    expect(line.reports(6, 0.05, { unsent: 0.5 })).toBe('++++++');
    expect(line.reports(2, 0.3, { unsent: 0.5 })).toBe('+-');
  });

  it('is that of what is lost twice, where each packet is in the next one too', () => {
    expect(new Line(true).reports(4, 0.35)).toBe('++++');
    expect(new Line(true).reports(4, 0.5)).toBe('+---');
    // Losses in a row are not mended.
    expect(new Line(true).reports(4, 0.35, { inRow: 0.9 })).toBe('+---');
  });

  it('is not decided by the few packets of silence, and a decision expires in it', () => {
    const line = new Line();
    expect(line.reports(12, 1, { packets: 12 })).toBe('++++++++++++');
    line.reports(2, 0.4);
    expect(line.reports(6, 0, { packets: 12 })).toBe('----++');
  });

  it('starts anew with the numbers of another stream', () => {
    const line = new Line();
    line.reports(1, 0.4);
    line.reception.report({ highest: 5, lost: 0, numbered: 2000, sent: 2000 }, false, line.now);
    expect(line.reception.isIntelligible).toBe(true);
  });
});
