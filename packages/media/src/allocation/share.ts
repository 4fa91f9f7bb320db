import type { ConsumerLayers, LayersCause } from '../api/events.js';
import type { Demand } from './allocate.js';
import type { Ladder } from './ladder.js';
import { DEFAULT_PREFERENCES, isShown, PRIORITY_CLASS } from './preferences.js';
import { layerForTile } from './tile-layer.js';

/** The properties of a video consumer that an allocator needs. */
export interface AllocatedConsumer {
  readonly id: string;
  readonly paused: boolean;
  readonly source: { readonly paused: boolean };
  /** Sends these layers from now on; both -1: nothing. */
  setTarget(spatial: number, temporal: number): void;
}

/** One consumer's part of the budget. */
export class Share implements Demand {
  preferences = DEFAULT_PREFERENCES;
  priority = 0;
  highest = -1;
  held = -1;
  /** The rung of the last allocation. */
  rung = -1;
  /** The spatial layer for its tile, -1 for none, regardless of the budget. */
  wanted = -1;
  /** See `Allocator.reach`. */
  reach = Number.POSITIVE_INFINITY;
  private spatial = -1;
  private temporal = -1;
  /** Undefined before the first allocation. */
  private cause: LayersCause | undefined;
  /**
   * It is new, or shown again: until its first allocation the path is not known to carry its media.
   */
  private isFresh = true;
  private emitted: ConsumerLayers['consumers'][number] | undefined;

  constructor(
    private readonly consumer: AllocatedConsumer,
    readonly ladder: Ladder,
  ) {}

  get costs(): readonly number[] {
    return this.ladder.costs;
  }

  /** The current cost of its media, bits per second. */
  get cost(): number {
    if (this.spatial < 0 || this.cause === undefined || this.consumer.source.paused) return 0;
    return this.ladder.costs[this.ladder.rungOf(this.spatial, this.temporal)] ?? 0;
  }

  /**
   * A layer for its tile is not encoded because the estimate was too low: only a probe shows when
   * the path carries it.
   */
  get isOutOfReach(): boolean {
    return this.highest >= 0 && this.reach < this.wanted;
  }

  /** The cost of the best rung for its tile, bits per second. */
  get wantedCost(): number {
    if (this.highest < 0) return 0;
    const cost = this.costs[this.highest]!;
    return this.isOutOfReach ? Math.max(cost, this.ladder.highestCosts[this.wanted] ?? 0) : cost;
  }

  /**
   * On a limited path it starts with the smallest picture until the first allocation: that arrives
   * soonest.
   */
  start(isUnlimited: boolean): void {
    this.setTarget(isUnlimited ? HIGHEST : 0, HIGHEST);
  }

  /** The same at the end of its pause, unless its tile is hidden as well. */
  resume(isUnlimited: boolean): void {
    if (this.cause === 'hidden' && isShown(this.preferences) && !this.consumer.paused) this.start(isUnlimited);
  }

  /** Prepares it for an allocation; answers its cost before. */
  prepare(): number {
    const { ladder, consumer, preferences, cost } = this;
    this.priority = PRIORITY_CLASS[preferences.priority];
    const isTaken = isShown(preferences) && !consumer.paused;
    this.wanted = isTaken ? layerForTile(ladder.layers, preferences.width, preferences.height, this.wanted) : -1;
    if (isTaken && !consumer.source.paused) {
      this.highest = Math.max(0, ladder.rungOf(this.wanted, ladder.layers.temporalLayers - 1));
      this.held = this.isFresh ? -1 : ladder.rungOf(this.spatial, this.temporal);
    } else {
      this.highest = this.held = -1;
    }
    return cost;
  }

  /** Sends this rung from now on. */
  take(rung: number, isUnlimited: boolean): void {
    const { ladder, highest } = this;
    this.rung = rung;
    this.isFresh = highest < 0;
    if (this.consumer.source.paused && this.wanted >= 0) {
      // Nothing arrives to be sent, and the first packets after the pause are forwarded.
      this.send(isUnlimited ? HIGHEST : 0, HIGHEST, 'none');
    } else if (highest < 0) this.send(-1, -1, 'hidden');
    else if (rung < 0) this.send(-1, -1, 'bandwidth');
    else {
      const cause = !ladder.hasMedia ? 'no-media' : rung < highest ? 'bandwidth' : 'none';
      // Without a limit, layers that do not arrive yet are forwarded as soon as they do.
      if (isUnlimited)
        this.send(this.wanted === ladder.layers.spatialLayers - 1 ? HIGHEST : this.wanted, HIGHEST, cause);
      else if (!ladder.hasMedia) this.send(0, HIGHEST, cause);
      else this.send(ladder.spatial[rung]!, ladder.temporal[rung]!, cause);
    }
  }

  /** Its layers, and the reason for no more; undefined before the first allocation. */
  get layers(): ConsumerLayers['consumers'][number] | undefined {
    const { spatialLayers, temporalLayers } = this.ladder.layers;
    return (
      this.cause && {
        consumerId: this.consumer.id,
        spatial: Math.min(this.spatial, spatialLayers - 1),
        temporal: Math.min(this.temporal, temporalLayers - 1),
        cause: this.cause,
      }
    );
  }

  /** The change to emit, if any. */
  takeChange(): ConsumerLayers['consumers'][number] | undefined {
    const { emitted, cause } = this;
    if (!cause) return undefined;
    const { spatialLayers, temporalLayers } = this.ladder.layers;
    const isSame =
      emitted?.spatial === Math.min(this.spatial, spatialLayers - 1) &&
      emitted.temporal === Math.min(this.temporal, temporalLayers - 1) &&
      emitted.cause === cause;
    if (isSame) return undefined;
    this.emitted = this.layers;
    return this.emitted;
  }

  private send(spatial: number, temporal: number, cause: LayersCause): void {
    this.cause = cause;
    this.setTarget(spatial, temporal);
  }

  private setTarget(spatial: number, temporal: number): void {
    if (spatial === this.spatial && temporal === this.temporal) return;
    this.spatial = spatial;
    this.temporal = temporal;
    this.consumer.setTarget(spatial, temporal);
  }
}

/** All layers: the number of a stream's layers may be unknown until they arrive. */
const HIGHEST = 7;
