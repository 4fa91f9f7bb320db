import type { Clock } from '@waterbus/cluster';
import { retryUntil } from '../time/retry-until.js';
import type { Departures } from './departures.js';
import type { Registry } from './registry.js';
import type { Session } from './session.js';

/** Asserts participants in their rooms again when the cluster may have lost writes (R6). */
export class Reassertion {
  private readonly underWay = new Set<Session>();

  constructor(
    private readonly clock: Clock,
    private readonly registry: Registry,
    private readonly departures: Departures,
  ) {}

  /** All participants here, and recent departures. */
  all(): void {
    this.departures.again();
    for (const session of this.registry.all()) this.begin(session);
  }

  begin(session: Session): void {
    if (this.underWay.has(session)) return;
    this.underWay.add(session);
    const over = () => session.ended;
    const failed = (error: unknown) => session.failed('not asserted yet', error);
    retryUntil(() => session.assert(), { clock: this.clock, over, failed }).finally(() =>
      this.underWay.delete(session),
    );
  }
}
