import type { LayerRates } from '../allocation/layer-rates.js';
import type { ProducerStream } from './producer-stream.js';

/** What a producer's streams cost, each of them a spatial layer, measured from one question to the next. */
export class StreamRates implements LayerRates {
  readonly temporalLayers = 1;
  private readonly measured: Measured[];

  constructor(private readonly streams: readonly (ProducerStream | undefined)[]) {
    this.measured = streams.map(() => ({ rate: 0, at: Number.NEGATIVE_INFINITY, bytes: 0, packets: 0 }));
  }

  get spatialLayers(): number {
    return this.streams.length;
  }

  bitrate(spatial: number, _temporal: number, now: number): number {
    const measured = this.measured[spatial]!;
    const elapsed = now - measured.at;
    if (elapsed < PERIOD) return measured.rate;
    const statistics = this.streams[spatial]?.statistics;
    const bytes = statistics?.bytes ?? 0;
    const packets = statistics?.totalPackets ?? 0;
    const sent = bytes - measured.bytes + (packets - measured.packets) * HEADER_BYTES;
    if (elapsed <= LONGEST_PERIOD) measured.rate = Math.max(0, (sent * 8000) / elapsed);
    measured.bytes = bytes;
    measured.packets = packets;
    measured.at = now;
    return measured.rate;
  }

  width(): number {
    return 0;
  }

  height(): number {
    return 0;
  }
}

interface Measured {
  /** Bits per second. */
  rate: number;
  /** Milliseconds. */
  at: number;
  bytes: number;
  packets: number;
}

/** RTP header and extensions. */
const HEADER_BYTES = 24;
/** Milliseconds: some frames. */
const PERIOD = 500;
/** Milliseconds: nobody asked for so long that what came since is no rate. */
const LONGEST_PERIOD = 5000;
