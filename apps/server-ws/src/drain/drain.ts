import type { Clock } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';

/** What a drain needs of the node that it empties. */
export interface Drainable {
  /** Begins, or ends, keeping newcomers away and sending everybody elsewhere. */
  drain(draining: boolean): Promise<void>;
  participants(): number;
  /** Transports on this process's media nodes, whoever opened them. */
  transports(): number;
}

/** How a drain ended, and what was left. */
export interface Drained {
  outcome: 'empty' | 'deadline' | 'cancelled';
  participants: number;
  transports: number;
}

/** Empties a node before it stops (R10). One at a time: asked again, waits for the same one. */
export class Drain {
  private running: { result: Promise<Drained>; end(outcome: Drained['outcome']): void } | undefined;

  constructor(
    private readonly node: Drainable,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Resolves when nobody is left here, or after `deadline` milliseconds. The node goes on draining until `cancel`. */
  begin(deadline: number): Promise<Drained> {
    if (!this.running) {
      this.running = this.watch(deadline);
      this.apply(true);
    }
    return this.running.result;
  }

  /** Takes newcomers again. Who has moved stays where it is. */
  cancel(): void {
    if (!this.running) return;
    this.running.end('cancelled');
    this.running = undefined;
    this.apply(false);
  }

  /** Ends waiting: the process closes. */
  close(): void {
    this.running?.end('deadline');
  }

  private apply(draining: boolean): void {
    // Whoever is told at once moves at once; the leases are tried again until the cluster has them.
    this.node.drain(draining).catch((error) => this.logger.warn({ error: String(error) }, 'draining not told'));
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

/** Milliseconds that pass unnoticed when a process is about to end; looking costs two additions. */
const LOOK_INTERVAL = 100;
