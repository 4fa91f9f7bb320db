import type { Transport } from '../transport/transport.js';
import type { RouterEnvironment } from './environment.js';
import { QualityWatch, type TransportMedia } from './quality-watch.js';

/**
 * The connection qualities of a router's transports: one event each two seconds for all changes,
 * and one in between for a peer that is gone, or back.
 */
export class QualityReports {
  private readonly watches = new Map<Transport, QualityWatch>();
  private lookedAt = Number.NEGATIVE_INFINITY;
  private judgedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly routerId: string,
    private readonly environment: RouterEnvironment,
    private readonly mediaOf: (transport: Transport) => TransportMedia,
  ) {}

  add(transport: Transport): void {
    this.watches.set(transport, new QualityWatch(transport));
  }

  delete(transport: Transport): void {
    this.watches.delete(transport);
  }

  find(transport: Transport): QualityWatch | undefined {
    return this.watches.get(transport);
  }

  advance(now: number): void {
    if (now - this.lookedAt < LOOK_INTERVAL) return;
    this.lookedAt = now;
    const isDue = now - this.judgedAt >= INTERVAL;
    if (isDue) this.judgedAt = now;
    const { server } = this.environment;
    const changed = [...this.watches].filter(
      ([transport, watch]) => (isDue || watch.isUrgent(now)) && watch.update(this.mediaOf(transport), server, now),
    );
    if (changed.length === 0) return;
    this.environment.emit({
      type: 'router.quality',
      routerId: this.routerId,
      transports: changed.map(([{ id }, { current, unintelligible }]) => ({
        transportId: id,
        ...current,
        ...(unintelligible.length > 0 && { unintelligible }),
      })),
    });
  }
}

/** Milliseconds: a peer's absence is detected within five seconds, three of which are silence. */
const LOOK_INTERVAL = 1000;
/**
 * Milliseconds: a hundred packets of sound, enough to distinguish one per cent of loss from two.
 */
const INTERVAL = 2000;
