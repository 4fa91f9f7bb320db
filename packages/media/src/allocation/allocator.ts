import type { ConsumerLayers } from '../api/events.js';
import type { ConsumerPreferences, ConsumerStats } from '../api/types.js';
import { allocate } from './allocate.js';
import type { Ladder } from './ladder.js';
import { Overrun } from './overrun.js';
import { Raising } from './raising.js';
import { Reserve } from './reserve.js';
import { type AllocatedConsumer, Share } from './share.js';

/** The properties of a transport whose bandwidth an allocator spends. */
export interface AllocatedTransport {
  readonly id: string;
  /** Bits per second that may be sent; `Infinity` for a peer without feedback. */
  readonly estimate: { readonly target: number };
  /** Total bytes of media that must not wait for video: sound and retransmissions, with headers. */
  audioBytes(): number;
  repeatedBytes(): number;
  videoBytes(): number;
  /**
   * All would be sent if the estimate reached this (bits per second); 0 when nothing more is
   * wanted.
   */
  probeWanted(bitsPerSecond: number): void;
}

/**
 * Spends one receiver's estimated bandwidth on its videos. Lowers at once; raises when the estimate
 * has headroom, after a probe for it, and after a wait that grows while raises fail. It does not
 * allocate sound, whose bandwidth is reserved.
 */
export class Allocator {
  private readonly shares = new Map<AllocatedConsumer, Share>();
  private readonly raising = new Raising();
  private readonly audio = new Reserve();
  private readonly repeats = new Reserve();
  private readonly overrun = new Overrun();
  private isStale = false;
  /** Time of the last allocation for a change that the client can cause at any rate. */
  private reactedAt = Number.NEGATIVE_INFINITY;
  private allocatedAt = Number.NEGATIVE_INFINITY;
  private emittedAt = Number.NEGATIVE_INFINITY;
  /**
   * The cost of the media sent, as of the last allocation, and the cost of the consumers removed
   * since. Bits per second.
   */
  private spent = 0;
  private freed = 0;
  private probing = 0;
  /** Whether the last allocation gave all consumers their best useful rungs. */
  private isComplete = false;

  constructor(
    private readonly transport: AllocatedTransport,
    private readonly emit: (event: ConsumerLayers) => void,
  ) {}

  /** Adds a consumer: the next allocation gives it its first layers. */
  add(consumer: AllocatedConsumer, ladder: Ladder, now: number): void {
    const share = new Share(consumer, ladder);
    this.shares.set(consumer, share);
    share.start(this.isUnlimited);
    this.changed(now);
  }

  remove(consumer: AllocatedConsumer, now: number): void {
    const share = this.shares.get(consumer);
    if (!share) return;
    this.shares.delete(consumer);
    this.freed += share.cost;
    this.changed(now);
  }

  prefer(consumer: AllocatedConsumer, preferences: ConsumerPreferences, now: number): void {
    const share = this.shares.get(consumer);
    if (!share) return;
    share.preferences = preferences;
    this.changed(now);
  }

  /** A consumer was resumed: its first picture does not wait for the next allocation. */
  resumed(consumer: AllocatedConsumer, now: number): void {
    this.shares.get(consumer)?.resume(this.isUnlimited);
    this.changed(now);
  }

  /** The transport ends: nothing is allocated any more. */
  close(): void {
    this.reactedAt = this.allocatedAt = Number.POSITIVE_INFINITY;
  }

  /** A participant's action, for example a pause, changes the allocation. */
  changed(now: number): void {
    this.isStale = true;
    this.react(now);
  }

  /**
   * A producer's layers have new costs. This does not delay the response to a participant's next
   * action.
   */
  ratesChanged(now: number): void {
    this.isStale = true;
    if (now - this.allocatedAt >= INTERVAL) this.allocate(now);
  }

  /** The transport's estimate changed. */
  estimateChanged(now: number): void {
    const isShort = this.budget() < this.spent;
    // A higher estimate changes nothing then, and the estimate of a path that is not in full use
    // rises all the time.
    if (this.isComplete && !isShort) return;
    this.isStale = true;
    const since = now - this.allocatedAt;
    if (since >= INTERVAL || (isShort && since >= URGENT_INTERVAL)) this.allocate(now);
  }

  /** Does all due work; call it a few times a second. */
  advance(now: number): void {
    this.audio.measure(this.transport.audioBytes(), now);
    this.repeats.measure(this.transport.repeatedBytes(), now);
    this.overrun.measure(this.transport.videoBytes(), now);
    if (this.overrun.factor(this.spent, this.budget()) < 1) this.isStale = true;
    if (this.isStale) this.react(now);
    if (now - this.allocatedAt >= LONGEST_INTERVAL) this.allocate(now);
    this.emitChanges(now);
  }

  /**
   * The highest spatial layer of its stream that this consumer might get; -1 for none. It depends
   * on the tile and on the rate of the whole path for this stream alone, with room to grow, and not
   * on the bandwidth that other videos leave now: the layer must be encoded before it can be
   * allocated.
   */
  reach(consumer: AllocatedConsumer): number {
    const share = this.shares.get(consumer);
    if (!share || share.wanted < 0) return -1;
    const budget = this.budget() * (share.reach < share.wanted ? REACH_AGAIN : REACH);
    share.reach = share.ladder.reach(share.wanted, budget);
    return share.reach;
  }

  /**
   * The share, by rungs, of the layers for its tiles that the receiver gets, 0-1; 1 when it shows
   * nothing.
   */
  get satisfaction(): number {
    let shown = 0;
    let satisfied = 0;
    for (const share of this.shares.values()) {
      if (share.highest < 0) continue;
      shown++;
      satisfied += (share.rung + 1) / (share.highest + 1);
    }
    return shown === 0 ? 1 : satisfied / shown;
  }

  stats(consumer: AllocatedConsumer): Partial<ConsumerStats> {
    const layers = this.shares.get(consumer)?.layers;
    if (!layers) return {};
    const { spatial, temporal, cause } = layers;
    return { targetSpatialLayer: spatial, targetTemporalLayer: temporal, qualityLimitationReason: cause };
  }

  private react(now: number): void {
    if (now - this.reactedAt < INTERVAL) return;
    this.reactedAt = now;
    this.allocate(now);
  }

  private get isUnlimited(): boolean {
    return this.transport.estimate.target === Number.POSITIVE_INFINITY;
  }

  private budget(): number {
    const { target } = this.transport.estimate;
    if (target === Number.POSITIVE_INFINITY) return target;
    return Math.max(0, target - this.audio.rate - Math.min(this.repeats.rate, MOST_REPEATS * target));
  }

  private allocate(now: number): void {
    this.isStale = false;
    this.allocatedAt = now;
    const shares = [...this.shares.values()];
    let sent = this.freed;
    let pictures = 0;
    for (const share of shares) {
      sent += share.prepare();
      if (share.highest >= 0) pictures += share.costs[0]!;
    }
    this.freed = 0;
    const available = this.budget();
    const budget = available * this.overrun.factor(this.spent, available);
    const isDue = this.raising.isDue(budget, now);
    // Bandwidth in use may move to another video without headroom and without a wait: the path
    // carries it. The same holds for a rate well below the last failure; a first picture needs only
    // some headroom too.
    const room = isDue ? budget : Math.max(this.raising.safe, pictures);
    const growth = Math.min(budget, Math.max(sent, Math.min(room, budget / HEADROOM)));
    const { rungs, spent, needed } = allocate(shares, budget, growth);
    if (spent < sent) this.overrun.restart(now);
    if (sent > budget) this.raising.lowered(sent, now);
    else if (spent > sent && spent > this.raising.safe) this.raising.raised(now);
    for (let i = 0; i < shares.length; i++) shares[i]!.take(rungs[i]!, this.isUnlimited);
    this.spent = spent;
    const isShort = needed !== Number.POSITIVE_INFINITY || shares.some((share) => share.isOutOfReach);
    this.isComplete = !isShort;
    this.probe(isDue && isShort, shares);
    this.emitChanges(now);
  }

  /**
   * A layer goes up when the estimate carries it with headroom; a probe shows whether the path
   * carries it.
   */
  private probe(isWanted: boolean, shares: readonly Share[]): void {
    let goal = 0;
    if (isWanted) {
      for (const share of shares) goal += share.wantedCost;
      goal = goal * HEADROOM + this.audio.rate + this.repeats.rate;
    }
    if (goal === this.probing) return;
    this.probing = goal;
    this.transport.probeWanted(goal);
  }

  /** Gathered: a client needs each video's current state, not the states in between. */
  private emitChanges(now: number): void {
    if (now - this.emittedAt < INTERVAL) return;
    let consumers: ConsumerLayers['consumers'] | undefined;
    for (const share of this.shares.values()) {
      const change = share.takeChange();
      if (!change) continue;
      consumers ??= [];
      consumers.push(change);
    }
    if (!consumers) return;
    this.emittedAt = now;
    this.emit({ type: 'consumer.layers', transportId: this.transport.id, consumers });
  }
}

/**
 * Milliseconds between two allocations, and between two events: people notice no difference, and
 * key frames are expensive.
 */
const INTERVAL = 200;
/**
 * Milliseconds: while the estimate is below the sent rate a queue fills; feedback arrives no more
 * often.
 */
const URGENT_INTERVAL = 50;
/** Milliseconds: rates change slowly, without a notification. */
const LONGEST_INTERVAL = 1000;
/**
 * Estimates and rates vary by some per cent either way: a raise needs that much more than its cost.
 */
const HEADROOM = 1.15;
/** A layer is worth encoding while its cost is below this many times the path's estimate ... */
const REACH = 2;
/**
 * ... and is encoded again when it is below this. Estimates vary, and encoders need time to start.
 */
const REACH_AGAIN = 1.5;
/** Share of the target: retransmissions come in bursts, and have a budget of their own. */
const MOST_REPEATS = 0.15;
