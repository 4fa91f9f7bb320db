// Hot path: no allocation per packet.
import type { LayerRates } from '../allocation/layer-rates.js';
import { type FrameInfo, MAX_SPATIAL_LAYERS, MAX_TEMPORAL_LAYERS } from '../codecs/frame-info.js';

/**
 * The current costs of a producer's layers, measured over the last second. A spatial layer is a
 * stream of a simulcast producer, or a layer in the single stream of another. The number of layers
 * begins with the publisher's declaration and grows as more appear. For a stream in one size, a
 * screen's, the first key frame does not count: it is as large as a second of the following frames,
 * there is nothing smaller to send, and a receiver that lost the stream for it would need another
 * one.
 */
export class MeasuredLayers implements LayerRates {
  spatialLayers: number;
  temporalLayers: number;
  /** Bytes of each layer: in each interval, and in the window. */
  private readonly intervals = new Float64Array(LAYERS * INTERVALS);
  private readonly sums = new Float64Array(LAYERS);
  /** The current interval. */
  private interval = 0;
  /**
   * By spatial layer, milliseconds: time of its last packet, and since when it has arrived without
   * a break.
   */
  private readonly lastAt = new Float64Array(MAX_SPATIAL_LAYERS).fill(Number.NEGATIVE_INFINITY);
  private readonly since = new Float64Array(MAX_SPATIAL_LAYERS);
  /**
   * By spatial layer: whether the current picture is the key frame that does not count, and the
   * timestamp of that.
   */
  private readonly isFirstPicture = new Uint8Array(MAX_SPATIAL_LAYERS);
  private readonly firstTimestamps = new Int32Array(MAX_SPATIAL_LAYERS);
  private lastAny = Number.NEGATIVE_INFINITY;
  private readonly widths = new Uint16Array(MAX_SPATIAL_LAYERS);
  private readonly heights = new Uint16Array(MAX_SPATIAL_LAYERS);

  constructor(
    private readonly isSimulcast: boolean,
    spatialLayers: number,
    temporalLayers: number,
  ) {
    this.spatialLayers = spatialLayers;
    this.temporalLayers = temporalLayers;
  }

  /**
   * Counts a packet of the stream at `index`: its bytes with the RTP header. `now` is milliseconds,
   * `timestamp` the stream's.
   */
  note(index: number, frame: FrameInfo, bytes: number, now: number, timestamp: number): void {
    const spatial = this.isSimulcast ? index : frame.spatial;
    this.turn(now);
    const silence = now - this.lastAt[spatial]!;
    if (silence > SILENCE) {
      this.since[spatial] = now;
      const begins = silence > LONG_SILENCE && frame.isKeyFrame;
      this.isFirstPicture[spatial] = begins && !this.isSimulcast && this.spatialLayers === 1 ? 1 : 0;
      this.firstTimestamps[spatial] = timestamp;
    } else if (timestamp !== this.firstTimestamps[spatial]) this.isFirstPicture[spatial] = 0;
    if (this.isFirstPicture[spatial] === 0) this.count(spatial * MAX_TEMPORAL_LAYERS + frame.temporal, bytes);
    this.lastAt[spatial] = now;
    this.lastAny = now;
    if (spatial >= this.spatialLayers) this.spatialLayers = spatial + 1;
    if (frame.temporal >= this.temporalLayers) this.temporalLayers = frame.temporal + 1;
    if (frame.spatialLayers > 0) this.describe(index, frame);
  }

  /**
   * Whether this layer arrives. A layer that is silent while others arrive was stopped; all are
   * silent when nothing moves.
   */
  arrives(spatial: number, now: number): boolean {
    const last = this.lastAt[spatial] ?? Number.NEGATIVE_INFINITY;
    return last >= 0 && now - last <= LONG_SILENCE && (this.lastAny - last <= SILENCE || now - last <= SILENCE);
  }

  bitrate(spatial: number, temporal: number, now: number): number {
    if (spatial < 0 || temporal < 0 || !this.arrives(spatial, now)) return 0;
    this.turn(now);
    let bits = 0;
    for (let s = this.isSimulcast ? spatial : 0; s <= spatial; s++) {
      if (!this.arrives(s, now)) continue;
      let bytes = 0;
      for (let t = Math.min(temporal, MAX_TEMPORAL_LAYERS - 1); t >= 0; t--) {
        bytes += this.sums[s * MAX_TEMPORAL_LAYERS + t]!;
      }
      const window = (INTERVALS - 1) * INTERVAL + (now - this.interval * INTERVAL);
      bits += (bytes * 8000) / Math.min(window, Math.max(SHORTEST_WINDOW, now - this.since[s]!));
    }
    return bits;
  }

  width(spatial: number): number {
    return this.widths[spatial] ?? 0;
  }

  height(spatial: number): number {
    return this.heights[spatial] ?? 0;
  }

  private count(layer: number, bytes: number): void {
    const at = layer * INTERVALS + (this.interval % INTERVALS);
    this.intervals[at] = this.intervals[at]! + bytes;
    this.sums[layer] = this.sums[layer]! + bytes;
  }

  private describe(index: number, frame: FrameInfo): void {
    for (let i = 0; i < frame.spatialLayers; i++) {
      const layer = this.isSimulcast ? index : i;
      this.widths[layer] = frame.widths[i]!;
      this.heights[layer] = frame.heights[i]!;
    }
    if (!this.isSimulcast) this.spatialLayers = Math.max(this.spatialLayers, frame.spatialLayers);
    this.temporalLayers = Math.max(this.temporalLayers, frame.temporalLayers);
  }

  /** Removes old intervals from the window. */
  private turn(now: number): void {
    const interval = Math.floor(now / INTERVAL);
    if (interval <= this.interval) return;
    const passed = Math.min(INTERVALS, interval - this.interval);
    this.interval = interval;
    for (let i = 0; i < passed; i++) {
      const slot = (interval - i) % INTERVALS;
      for (let layer = 0; layer < LAYERS; layer++) {
        const at = layer * INTERVALS + slot;
        this.sums[layer] = this.sums[layer]! - this.intervals[at]!;
        this.intervals[at] = 0;
      }
    }
  }
}

const LAYERS = MAX_SPATIAL_LAYERS * MAX_TEMPORAL_LAYERS;
/** Milliseconds; ten make the second over which rates are measured. */
const INTERVAL = 100;
const INTERVALS = 10;
/** Milliseconds. A new layer has a short history: one large frame must not count as its rate. */
const SHORTEST_WINDOW = 400;
/**
 * Milliseconds between two packets of a layer while others arrive: several frames at the lowest
 * usual rate.
 */
const SILENCE = 500;
/** Milliseconds. Still screens are sent once a second. */
const LONG_SILENCE = 2500;
