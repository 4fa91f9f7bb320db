import { describe, expect, it } from 'vitest';
import { RoundTripTime } from './round-trip-time.js';

describe('RoundTripTime', () => {
  it('is the time since the report, less the delay at the receiver', () => {
    const time = new RoundTripTime();
    expect(time.isKnown).toBe(false);
    time.reportSent(0xfffffff0 | 0, 1000);
    time.measure(0xfffffff0, 65_536 / 2, 1580);
    expect(time.milliseconds).toBeCloseTo(80);
    time.reportSent(7, 2000);
    time.measure(7, 0, 2160);
    expect(time.milliseconds).toBeCloseTo(90);
  });

  it('ignores reports about nothing, impossible delays and implausibly long times', () => {
    const time = new RoundTripTime();
    time.reportSent(7, 1000);
    time.measure(0, 0, 1100);
    time.measure(8, 0, 1100);
    time.measure(7, 65_536, 1100);
    time.measure(7, 0, 50_000);
    expect(time.isKnown).toBe(false);
  });
});
