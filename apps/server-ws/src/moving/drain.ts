import type { Clock } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import { Counts } from '@waterbus/telemetry';

/** The operations of a node that its drain uses. */
export interface Drainable {
  /** Starts, or stops, refusing new participants and moving all others away. */
  drain(draining: boolean): Promise<void>;
  participants(): number;
  /** Number of transports on this process's media nodes, of any asker. */
  transports(): number;
}

/** The result of a drain, and the numbers of the rest. */
export interface Drained {
  outcome: 'empty' | 'deadline' | 'cancelled';
  participants: number;
  transports: number;
}

/**
 * Empties a node before it stops (R10). One drain at a time: a repeated call waits for the current
 * one.
 */
export class Drain {
  private readonly counts = new Counts<Drained['outcome']>();
  private running: { result: Promise<Drained>; end(outcome: Drained['outcome']): void } | undefined;
  private reporting: Promise<void> = Promise.resolve();

  constructor(
    private readonly node: Drainable,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Resolves when no participant or transport remains here, or after `deadline` milliseconds. The
   * node keeps draining until `cancel`.
   */
  begin(deadline: number): Promise<Drained> {
    if (!this.running) {
      this.running = this.watch(deadline);
      this.apply(true);
    }
    return this.running.result;
  }

  /** Accepts new participants again. Participants that have moved stay where they are. */
  cancel(): void {
    if (!this.running) return;
    this.running.end('cancelled');
    this.running = undefined;
    this.apply(false);
  }

  /** Resolves when the cluster has the state of the last `begin` or `cancel`, or cannot be reached. */
  reported(): Promise<void> {
    return this.reporting;
  }

  /** Ended drains by outcome. */
  figures(): Partial<Record<Drained['outcome'], number>> {
    return this.counts.read();
  }

  /** Stops waiting: the process closes. */
  close(): void {
    this.running?.end('deadline');
  }

  private apply(draining: boolean): void {
    // Notified participants move at once; the leases are retried until the cluster has them.
    this.reporting = this.node
      .drain(draining)
      .catch((error) => this.logger.warn({ error: String(error) }, 'drain not reported'));
  }

  private watch(deadline: number): NonNullable<Drain['running']> {
    const { clock, node } = this;
    let resolve: (drained: Drained) => void = () => {};
    const result = new Promise<Drained>((resolved) => {
      resolve = resolved;
    });
    let stopLooking = () => {};
    const end = (outcome: Drained['outcome']) => {
      stopLooking();
      stopDeadline();
      this.counts.add(outcome);
      resolve({ outcome, participants: node.participants(), transports: node.transports() });
    };
    const stopDeadline = clock.after(deadline, () => end('deadline'));
    const look = () => {
      if (node.participants() === 0 && node.transports() === 0) end('empty');
      else stopLooking = clock.after(LOOK_INTERVAL, look);
    };
    stopLooking = clock.after(0, look);
    return { result, end };
  }
}

/** Milliseconds, a negligible delay at the end of a process; a check costs two additions. */
const LOOK_INTERVAL = 100;

/**
 * Milliseconds (R10). Clients need two or three seconds; the rest is for clients that are
 * reconnecting.
 */
export const DRAIN_DEADLINE = 60_000;
