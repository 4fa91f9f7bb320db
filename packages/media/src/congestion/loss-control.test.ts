import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/simulation/random.js';
import { LossControl } from './loss-control.js';

const DELAY_BASED = 3e6;

/**
 * Sends at the allowed rate for some seconds over a path that loses the share `loss`, each tenth of
 * a second.
 */
function run(seconds: number, loss: (rate: number) => number, control = new LossControl(), from = 0) {
  const random = new SeededRandom(5);
  let now = from;
  for (let i = 0; i < seconds * 10; i++) {
    const rate = Math.min(control.target, DELAY_BASED);
    const packets = rate / 8 / 1000 / 10;
    let lost = 0;
    for (let j = 0; j < packets; j++) {
      const isLost = random.next() < loss(rate);
      if (isLost) lost++;
      control.add({ sentAt: now + (j * 100) / packets, size: 1000 }, isLost);
    }
    now += 100;
    control.update(rate * (1 - lost / packets), DELAY_BASED, now);
  }
  return { control, rate: Math.min(control.target, DELAY_BASED) };
}

describe('LossControl', () => {
  it('does not limit a path without loss', () => {
    expect(run(10, () => 0).control.target).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    [0.02, 2e6],
    [0.05, 2e6],
    [0.1, 1.5e6],
    [0.2, 1e6],
  ])('does not mistake a path that loses %f of everything for a narrow one', (loss, least) => {
    expect(run(30, () => loss).rate).toBeGreaterThan(least);
  });

  it('lowers the rate for every loss of a path that loses nothing by itself', () => {
    const reliable = new LossControl();
    reliable.isReliable = true;
    expect(run(10, () => 0.05, reliable).rate).toBeLessThan(0.9 * run(10, () => 0.05).rate);
  });

  it('approaches the rate of a path that drops the excess without a queue', () => {
    const control = new LossControl();
    const rates = Array.from({ length: 30 }, (_, second) => {
      return run(1, (sent) => Math.max(0, (sent - 1e6) / sent), control, second * 1000).rate;
    }).slice(5);
    expect(Math.min(...rates)).toBeGreaterThan(0.7e6);
    expect(rates.reduce((sum, rate) => sum + rate) / rates.length).toBeLessThan(1.4e6);
  });

  it('rises again when the path has become wider', () => {
    const { control } = run(20, (sent) => Math.max(0, (sent - 1e6) / sent));
    expect(run(20, () => 0, control, 20_000).control.target).toBe(Number.POSITIVE_INFINITY);
  });

  it('falls when most packets are lost', () => {
    expect(run(20, () => 0.6).rate).toBeLessThan(1e6);
  });

  it('needs enough packets: one lost of two means nothing', () => {
    const control = new LossControl();
    for (let i = 0; i < 9; i++) {
      control.add({ sentAt: i * 100, size: 100 }, i % 2 === 0);
      control.update(8000, DELAY_BASED, i * 100);
    }
    expect(control.target).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes back the loss of late packets', () => {
    const control = new LossControl();
    for (let i = 0; i < 20; i++) control.add({ sentAt: i * 20, size: 100 }, i % 2 === 0);
    for (let i = 0; i < 20; i++) control.retract();
    control.update(8000, DELAY_BASED, 400);
    expect(control.lossRatio).toBe(0);
  });
});
