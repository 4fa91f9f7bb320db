import type { LayerRates } from './layer-rates.js';

/**
 * The ways to send one producer's video, from the worst to the best, with their costs: all frames
 * of each spatial layer that arrives, and lower frame rates where that is no worse than the smaller
 * picture. Shared by all its consumers.
 */
export class Ladder {
  /** By rung. */
  readonly spatial: number[] = [];
  readonly temporal: number[] = [];
  /** Bits per second, never falling. */
  readonly costs: number[] = [];
  /** By spatial layer: its last cost at its lowest frame rate; absent before it was seen. */
  readonly lowestCosts: number[] = [];
  /** By spatial layer: its last cost with all frames; absent before it was seen. */
  readonly highestCosts: number[] = [];
  /** By spatial layer: time of its last arrival, milliseconds. */
  readonly seenAt: number[] = [];
  /** Whether anything arrives. Before, there is one rung with an assumed cost. */
  hasMedia = false;
  /** By spatial layer that arrives, then by temporal one. */
  private readonly smoothed = new Map<number, number[]>();
  private refreshedAt = Number.NEGATIVE_INFINITY;
  /** The costs at the last reported change. */
  private readonly noted: number[] = [];

  constructor(readonly layers: LayerRates) {
    this.assumeOneRung();
  }

  /** Updates the rates. Answers whether a change matters to the allocators that share a budget. */
  refresh(now: number): boolean {
    const { layers, spatial, temporal, costs } = this;
    const topTemporal = layers.temporalLayers - 1;
    const elapsed = now - this.refreshedAt;
    const weight = elapsed > FORGOTTEN_AFTER ? 1 : 1 - Math.exp(-elapsed / TIME_CONSTANT);
    this.refreshedAt = now;
    const hadMedia = this.hasMedia;
    this.hasMedia = false;
    let rung = 0;
    let changed = false;
    let dearest = 0;
    for (let s = 0; s < layers.spatialLayers; s++) {
      if (layers.bitrate(s, topTemporal, now) <= 0) {
        this.smoothed.delete(s);
        continue;
      }
      // Above the smallest picture, a quarter of the frames would look worse than the layer below
      // with all of them.
      const lowest = this.hasMedia ? Math.max(0, topTemporal - 1) : 0;
      for (let t = lowest; t <= topTemporal; t++) {
        dearest = Math.max(dearest, this.smooth(s, t, layers.bitrate(s, t, now), weight));
        if (t === lowest) this.lowestCosts[s] = dearest;
        const isSame = spatial[rung] === s && temporal[rung] === t;
        changed ||= !isSame || Math.abs(this.noted[rung]! - dearest) > NOTEWORTHY * this.noted[rung]!;
        spatial[rung] = s;
        temporal[rung] = t;
        costs[rung++] = dearest;
      }
      this.highestCosts[s] = dearest;
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

  /**
   * A key frame raises a layer's measured cost for a second, and is sent for a receiver that
   * begins: the layer must not be removed for it.
   */
  private smooth(spatial: number, temporal: number, rate: number, weight: number): number {
    let rates = this.smoothed.get(spatial);
    if (!rates) {
      rates = [];
      this.smoothed.set(spatial, rates);
    }
    const before = rates[temporal] ?? rate;
    rates[temporal] = before + (rate - before) * weight;
    return rates[temporal];
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
 * Bits per second of a stream from which nothing arrives: less than a small picture's, because many
 * of them stay silent.
 */
const ASSUMED_COST = 60_000;
/**
 * Share by which a cost must differ from the last one used: encoders vary by that from second to
 * second.
 */
const NOTEWORTHY = 0.1;
/** Milliseconds: a key frame of ten frames' size in a second then counts as a tenth more. */
const TIME_CONSTANT = 3000;
/** Milliseconds without an update after which old rates have no meaning. */
const FORGOTTEN_AFTER = 5000;
