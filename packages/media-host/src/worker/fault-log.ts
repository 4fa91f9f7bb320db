import type { FromWorker } from '../host/messages.js';

type Line = Pick<Extract<FromWorker, { type: 'log' }>, 'message' | 'details'>;

/**
 * Faults as lines of the log, a few in each period: a peer that can cause one fault can cause
 * thousands.
 */
export class FaultLog {
  private periodEnd = Number.NEGATIVE_INFINITY;
  private written = 0;
  private suppressed = 0;

  /** `now` is milliseconds of a monotonic clock. */
  constructor(
    private readonly write: (line: Line) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  note(message: string, details: Record<string, unknown>): void {
    const now = this.now();
    if (now >= this.periodEnd) {
      this.periodEnd = now + PERIOD;
      this.written = 0;
    }
    if (this.written === LINES_PER_PERIOD) {
      this.suppressed++;
      return;
    }
    this.written++;
    this.write({ message, details: { ...details, ...(this.suppressed > 0 ? { suppressed: this.suppressed } : {}) } });
    this.suppressed = 0;
  }
}

/** Milliseconds. Ten stacks a minute show every kind of fault and fill no disk. */
const PERIOD = 60_000;
const LINES_PER_PERIOD = 10;
