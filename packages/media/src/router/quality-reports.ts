import { QualityWatch, type TransportMedia } from '../quality/quality-watch.js';
import type { Surroundings } from '../transport/surroundings.js';
import type { Transport } from '../transport/transport.js';

/**
 * The connection qualities of a router's transports: one event each two seconds at most, for all
 * that changed.
 */
export class QualityReports {
  private readonly watches = new Map<Transport, QualityWatch>();
  private reportedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly routerId: string,
    private readonly surroundings: Surroundings,
    private readonly mediaOf: (transport: Transport) => TransportMedia,
  ) {}

  add(transport: Transport): void {
    this.watches.set(transport, new QualityWatch(transport, this.surroundings.now));
  }

  delete(transport: Transport): void {
    this.watches.delete(transport);
  }

  find(transport: Transport): QualityWatch | undefined {
    return this.watches.get(transport);
  }

  advance(now: number): void {
    if (now - this.reportedAt < INTERVAL) return;
    this.reportedAt = now;
    const { server } = this.surroundings;
    const changed = [...this.watches].filter(([transport, watch]) =>
      watch.update(this.mediaOf(transport), server, now),
    );
    if (changed.length === 0) return;
    this.surroundings.emit({
      type: 'router.quality',
      routerId: this.routerId,
      transports: changed.map(([{ id }, { current }]) => ({ transportId: id, ...current })),
    });
  }
}

/** Milliseconds: a hundred packets of sound, of which one per cent can be told from two. */
const INTERVAL = 2000;
