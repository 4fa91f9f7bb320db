import { describe, expect, it } from 'vitest';
import { linkFigures } from '../figures.js';
import { Network } from './network.js';
import type { TcpSpec } from './tcp-flow.js';

const LONG: TcpSpec = { route: ['line'], back: 50, from: 0, to: 60_000 };

function figures(tcp: TcpSpec[], { from, to }: { from: number; to: number }) {
  const network = new Network({
    seed: 3,
    links: { line: { rate: 2_000_000, queue: 300, delay: 50 } },
    people: {},
    tcp,
  });
  network.begin(0);
  network.advance(70_000);
  return linkFigures(network.report().line!, { from, to });
}

describe('TcpFlow', () => {
  it('fills a line and most of its queue, like a sender that reacts only to losses', () => {
    const { utilisation, queue, droppedShare } = figures([LONG], { from: 10_000, to: 60_000 });
    expect(utilisation).toBeGreaterThan(0.9);
    expect(queue.p50).toBeGreaterThan(100);
    expect(droppedShare).toBeGreaterThan(0);
    expect(droppedShare).toBeLessThan(0.05);
  });

  it('ends on schedule', () => {
    expect(figures([LONG], { from: 61_000, to: 70_000 }).forwarded).toBe(0);
  });

  it('sends transfers with pauses', () => {
    const short = { ...LONG, transfers: { least: 30_000, most: 100_000, pause: 2000 } };
    const { utilisation } = figures([short], { from: 0, to: 60_000 });
    expect(utilisation).toBeGreaterThan(0.05);
    expect(utilisation).toBeLessThan(0.3);
  });

  it('gives the same run for the same seed', () => {
    const short = { ...LONG, transfers: { least: 30_000, most: 100_000, pause: 2000 } };
    const stretch = { from: 0, to: 60_000 };
    expect(figures([short, short], stretch)).toEqual(figures([short, short], stretch));
  });
});
