import { expect, it } from 'vitest';
import { Ladder } from './ladder.js';
import type { LayerRates } from './layer-rates.js';

/** `rates` by spatial and temporal layer, bits per second. */
function layers(rates: number[][]): LayerRates & { rates: number[][] } {
  return {
    rates,
    spatialLayers: rates.length,
    temporalLayers: rates[0]!.length,
    bitrate(spatial, temporal) {
      return this.rates[spatial]![temporal]!;
    },
    width: () => 0,
    height: () => 0,
  };
}

function rungs({ spatial, temporal, costs }: Ladder): string[] {
  return costs.map((cost, i) => `${spatial[i]}.${temporal[i]} ${cost}`);
}

it('has no quarter frame rates above the smallest picture', () => {
  const ladder = new Ladder(
    layers([
      [50, 70, 100],
      [200, 300, 400],
    ]),
  );
  expect(ladder.refresh(1)).toBe(true);
  expect(rungs(ladder)).toEqual(['0.0 50', '0.1 70', '0.2 100', '1.1 300', '1.2 400']);
});

it('has one rung with an assumed cost before anything arrives', () => {
  const ladder = new Ladder(
    layers([
      [0, 0],
      [0, 0],
    ]),
  );
  expect(ladder.refresh(1)).toBe(false);
  expect(rungs(ladder)).toEqual(['0.1 60000']);
  expect(ladder.hasMedia).toBe(false);
});

it('leaves out layers that do not arrive, and remembers their costs', () => {
  const source = layers([[100], [300], [900]]);
  const ladder = new Ladder(source);
  ladder.refresh(1);
  source.rates = [[100], [300], [0]];
  expect(ladder.refresh(2)).toBe(true);
  expect(rungs(ladder)).toEqual(['0.0 100', '1.0 300']);
  expect(ladder.reach(2, 900)).toBe(2);
  expect(ladder.reach(2, 899)).toBe(1);
  expect(ladder.reach(2, 0)).toBe(0);
  expect(ladder.reach(-1, 900)).toBe(-1);
});

it('never falls, for any measured rates', () => {
  const ladder = new Ladder(
    layers([
      [100, 90],
      [80, 120],
    ]),
  );
  ladder.refresh(1);
  expect(ladder.costs).toEqual([100, 100, 100, 120]);
});

it('reports changes beyond a tenth, also gradual ones', () => {
  const source = layers([[100]]);
  const ladder = new Ladder(source);
  ladder.refresh(1);
  const noted: number[] = [];
  for (let rate = 101; rate <= 125; rate++) {
    source.rates = [[rate]];
    if (ladder.refresh(rate * 10_000)) noted.push(rate);
    expect(ladder.costs).toEqual([rate]);
  }
  expect(noted).toEqual([111, 123]);
});

it("does not raise a stream's cost for its key frame", () => {
  const source = layers([[100]]);
  const ladder = new Ladder(source);
  ladder.refresh(0);
  for (let now = 250; now <= 4000; now += 250) {
    // In the second after it, a key frame is in the measured rate.
    source.rates = [[now > 1000 && now <= 2000 ? 150 : 100]];
    ladder.refresh(now);
    expect(ladder.costs[0]).toBeLessThan(116);
  }
  source.rates = [[200]];
  for (let now = 4250; now <= 16_000; now += 250) ladder.refresh(now);
  expect(ladder.costs[0]).toBeGreaterThan(195);
});

it('finds the best rung up to a layer', () => {
  const source = layers([
    [50, 70, 100],
    [0, 0, 0],
    [200, 300, 400],
  ]);
  const ladder = new Ladder(source);
  ladder.refresh(1);
  expect(ladder.rungOf(1, 2)).toBe(2);
  expect(ladder.rungOf(2, 0)).toBe(2);
  expect(ladder.rungOf(2, 2)).toBe(4);
  expect(ladder.rungOf(-1, -1)).toBe(-1);
});
