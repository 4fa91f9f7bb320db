import type { LayerRates } from './layer-rates.js';

/**
 * The ways to send one producer's video, from the worst to the best, with what each costs: all
 * frames of each spatial layer that arrives, and lower frame rates where that is no worse than the
 * smaller picture. Shared by all its consumers.
 */
export class Ladder {
  /** By rung. */
  readonly spatial: number[] = [];
  readonly temporal: number[] = [];
  /** Bits per second, never falling. */
  readonly costs: number[] = [];
  /** By spatial layer: the least that it costs, as far as it was ever seen; 0 before. */
  readonly lowestCosts: number[] = [];
  /** By spatial layer: when it came last, milliseconds. */
  readonly seenAt: number[] = [];
  /** Whether anything arrives. Before, there is one rung with an assumed cost. */
  hasMedia = false;
  /** The costs that were found noteworthy last. */
  private readonly noted: number[] = [];

  constructor(readonly layers: LayerRates) {
    this.assumeOneRung();
  }

  /**
   * Reads the rates anew. Answers whether something changed that matters to those who share a
   * budget.
   */
  refresh(now: number): boolean {
    const { layers, spatial, temporal, costs } = this;
    const topTemporal = layers.temporalLayers - 1;
    const hadMedia = this.hasMedia;
    this.hasMedia = false;
    let rung = 0;
    let changed = false;
    let dearest = 0;
    for (let s = 0; s < layers.spatialLayers; s++) {
      if (layers.bitrate(s, topTemporal, now) <= 0) continue;
      // Above the smallest picture, a quarter of the frames would look worse than the layer below
      // with all of them.
      const lowest = this.hasMedia ? Math.max(0, topTemporal - 1) : 0;
      for (let t = lowest; t <= topTemporal; t++) {
        dearest = Math.max(dearest, layers.bitrate(s, t, now));
        if (t === lowest) this.lowestCosts[s] = dearest;
        const isSame = spatial[rung] === s && temporal[rung] === t;
        changed ||= !isSame || Math.abs(this.noted[rung]! - dearest) > NOTEWORTHY * this.noted[rung]!;
        spatial[rung] = s;
        temporal[rung] = t;
        costs[rung++] = dearest;
      }
      this.seenAt[s] = now;
      this.hasMedia = true;
    }
    changed ||= Math.max(rung, 1) !== this.noted.length || hadMedia !== this.hasMedia;
    spatial.length = temporal.length = costs.length = rung;
    if (rung === 0) this.assumeOneRung();
    if (changed) {
      this.noted.length = 0;
      this.noted.push(...costs);
    }
    return changed;
  }

  private assumeOneRung(): void {
    this.spatial[0] = 0;
    this.temporal[0] = this.layers.temporalLayers - 1;
    this.costs[0] = ASSUMED_COST;
    this.noted[0] = ASSUMED_COST;
  }

  /** The best rung up to this layer; -1 when there is none. */
  rungOf(spatial: number, temporal: number): number {
    for (let rung = this.costs.length - 1; rung >= 0; rung--) {
      const s = this.spatial[rung]!;
      if (s < spatial || (s === spatial && this.temporal[rung]! <= temporal)) return rung;
    }
    return -1;
  }

  /**
   * The highest spatial layer up to `wanted` whose cost this budget holds; a layer never seen might
   * be cheap.
   */
  reach(wanted: number, budget: number): number {
    for (let spatial = wanted; spatial > 0; spatial--) {
      if ((this.lowestCosts[spatial] ?? 0) <= budget) return spatial;
    }
    return Math.min(wanted, 0);
  }
}

/**
 * Bits per second of a stream of which nothing comes: less than a small picture's, because many of
 * them stay silent.
 */
const ASSUMED_COST = 60_000;
/**
 * Share by which a cost must differ from the one that was used last: encoders vary by that from
 * second to second.
 */
const NOTEWORTHY = 0.1;
