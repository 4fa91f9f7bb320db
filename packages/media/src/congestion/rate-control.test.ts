import { describe, expect, it } from 'vitest';
import { MIN_RATE, RateControl } from './rate-control.js';

/** Updates each 50 ms with the acknowledged rate of an application that uses everything. */
function rise(control: RateControl, from: number, to: number, acknowledged = () => control.target): void {
  for (let now = from; now < to; now += 50) control.update('normal', acknowledged(), 50, now);
}

describe('RateControl', () => {
  it('grows by 8 % a second while it knows no limit', () => {
    const control = new RateControl(1e6, 0);
    rise(control, 0, 10_050);
    expect(control.target / 1e6).toBeCloseTo(1.08 ** 10, 1);
  });

  it('falls below the arriving rate at an overuse, and grows slowly near that point', () => {
    const control = new RateControl(1e6, 0);
    control.update('overuse', 800_000, 50, 1000);
    expect(control.target).toBe(680_000);
    rise(control, 1050, 6050, () => 690_000);
    expect(control.target).toBeGreaterThan(750_000);
    expect(control.target).toBeLessThan(900_000);
  });

  it('does not grow while a queue drains', () => {
    const control = new RateControl(1e6, 0);
    control.update('overuse', 800_000, 50, 1000);
    for (let now = 1050; now < 3000; now += 50) control.update('underuse', 800_000, 50, now);
    expect(control.target).toBe(680_000);
  });

  it('falls once in a round trip, unless less than half arrives', () => {
    const control = new RateControl(1e6, 0);
    control.update('overuse', 900_000, 200, 1000);
    control.update('overuse', 700_000, 200, 1050);
    expect(control.target).toBe(765_000);
    control.update('overuse', 300_000, 200, 1060);
    expect(control.target).toBe(255_000);
  });

  it('never raises the rate at an overuse, and never falls to zero', () => {
    const control = new RateControl(1e6, 0);
    control.update('overuse', 5e6, 50, 1000);
    expect(control.target).toBe(1e6);
    for (let now = 2000; now < 20_000; now += 300) control.update('overuse', 1, 50, now);
    expect(control.target).toBe(MIN_RATE);
    control.update('overuse', 0, 50, 30_000);
    expect(control.target).toBe(MIN_RATE);
  });

  it('does not grow without bound while the application sends little', () => {
    const control = new RateControl(1e6, 0);
    rise(control, 0, 600_000, () => 100_000);
    expect(control.target).toBe(1e6);
    const other = new RateControl(100_000, 0);
    rise(other, 0, 600_000, () => 100_000);
    expect(other.target).toBe(160_000);
  });

  it('takes over the rate of a probe, and grows from there', () => {
    const control = new RateControl(1e6, 0);
    control.set(3e6, 1000);
    expect(control.target).toBe(3e6);
    rise(control, 1050, 3050, () => 2.9e6);
    expect(control.target).toBeGreaterThan(3e6);
  });

  it('grows quickly again when more arrives than the known limit', () => {
    const control = new RateControl(1e6, 0);
    control.update('overuse', 500_000, 50, 1000);
    rise(control, 1050, 6050, () => 5e6);
    expect(control.target).toBeGreaterThan(425_000 * 1.08 ** 4.5);
  });
});
