import { Ladder } from '../allocation/ladder.js';
import type { ProducerStats } from '../api/types.js';
import type { Consumer } from '../forwarding/consumer.js';
import { FanOut } from '../forwarding/fan-out.js';
import type { Producer } from '../forwarding/producer.js';
import type { SoundGate } from '../forwarding/sound-gate.js';
import type { Transport } from '../transport/transport.js';
import { ArrivalsWatch } from './arrivals-watch.js';
import { Dynacast } from './dynacast.js';
import type { RouterEnvironment } from './environment.js';

/**
 * A producer in its router: its consumers, whether its packets arrive, and the layers that any
 * consumer wants.
 */
export class Publication {
  /** Of video only. */
  readonly ladder: Ladder | undefined;
  /** The wanted layers may have changed. */
  isStale = false;
  private readonly dynacast = new Dynacast();
  private readonly arrivals = new ArrivalsWatch();

  readonly fanOut: FanOut<Consumer>;

  constructor(
    readonly producer: Producer,
    /** Of sound. */
    gate: SoundGate | undefined,
    readonly transport: Transport,
    environment: RouterEnvironment,
  ) {
    this.fanOut = new FanOut(producer, gate, environment);
    if (producer.kind === 'video') this.ladder = new Ladder(producer.layers);
  }

  get transportId(): string {
    return this.transport.id;
  }

  get consumers(): ReadonlySet<Consumer> {
    return this.fanOut.consumers;
  }

  get isUnsettled(): boolean {
    return this.isStale || this.dynacast.isLowering;
  }

  get announced(): number {
    return this.dynacast.announced;
  }

  /** Whether it is neither paused nor unwanted. */
  get isExpected(): boolean {
    return !this.producer.paused && this.dynacast.isWanted;
  }

  get isSilent(): boolean {
    return this.arrivals.isSilent;
  }

  /** Whether a layer that arrived lately and is wanted does not arrive now. */
  hasLessLayers(now: number): boolean {
    const { ladder } = this;
    if (!ladder?.hasMedia) return false;
    const top = ladder.spatial.at(-1)!;
    return ladder.seenAt.some((at, spatial) => spatial > top && spatial <= this.announced && now - at < LAYER_LIFETIME);
  }

  stats(now: number): Partial<ProducerStats> {
    const { layers, kind } = this.producer;
    if (kind === 'audio') return { silent: this.isSilent };
    const top = layers.spatialLayers - 1;
    return {
      silent: this.isSilent,
      wantedSpatialLayer: Math.min(this.announced, top),
      layers: Array.from({ length: layers.spatialLayers }, (_, spatial) => ({
        bitrate: Math.round(layers.bitrate(spatial, layers.temporalLayers - 1, now)),
        frameWidth: layers.width(spatial),
        frameHeight: layers.height(spatial),
      })),
    };
  }

  /** Answers whether its layers or their rates have changed. */
  refresh(now: number): boolean {
    return this.consumers.size > 0 && (this.ladder?.refresh(now) ?? false);
  }

  /** `wanted`: the highest spatial layer. Answers the layer to announce, if any. */
  announce(wanted: number, now: number): number | undefined {
    return this.dynacast.update(wanted, this.producer.layers.spatialLayers - 1, now);
  }

  watch(now: number): ReturnType<ArrivalsWatch['update']> {
    const { producer } = this;
    let arrivals = 0;
    for (const stream of producer.streams) {
      if (stream) arrivals += stream.statistics.totalPackets + Math.max(0, stream.reportedAt);
    }
    return this.arrivals.update(arrivals, this.isExpected, now);
  }
}

/**
 * Milliseconds: after this time a missing layer does not count as lost to the path. Its camera may
 * have been replaced by one with a smaller picture.
 */
const LAYER_LIFETIME = 30_000;
