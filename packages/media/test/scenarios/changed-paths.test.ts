import { describe, expect, it } from 'vitest';
import { Viewer } from '../simulation/viewer.js';

describe('a path', () => {
  it('that becomes longer at once carries the same rate within five seconds', () => {
    const shares = [3_000_000, 3_000_000, 600_000].map((rate, i) => {
      const viewer = new Viewer(i + 1, { rate, delay: 20, jitter: 6 });
      viewer.world.run(12_000);
      const before = viewer.seconds.at(-1)!.target;
      viewer.line.options.delay = 100;
      viewer.receiver.peer.uplink.delay = 100;
      viewer.world.run(5000);
      return viewer.seconds.at(-1)!.target / before;
    });
    expect(shares.toSorted((one, other) => one - other)[1]).toBeGreaterThan(0.8);
  });

  it.each([1, 2, 3])('that carried sound alone is detected when it can carry pictures again (seed %i)', (seed) => {
    const viewer = new Viewer(seed, { rate: 2_000_000, delay: 20, jitter: 6 });
    // The path cannot carry the smallest picture for a while, so that only small packets remain for
    // probes.
    viewer.publisher.packets = [5, 10, 16];
    viewer.world.run(8000);
    viewer.line.options.rate = 50_000;
    viewer.world.run(8000);
    expect(viewer.seconds.at(-1)!.target).toBeLessThan(70_000);
    viewer.line.options.rate = 2_000_000;
    viewer.world.run(24_000);
    expect(viewer.seconds.at(-1)!.target).toBeGreaterThan(1_000_000);
  });
});
