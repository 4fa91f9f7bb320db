import type { Clock } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';

/** What a node refuses, drops or cuts off, by kind. */
export type Refusal =
  /** A bus message that is not in the contract. */
  | 'busInvalid'
  /** A bus method that threw what is no refusal. */
  | 'busFailed'
  /** A socket that was not let in: by its address, in total, or by its origin. */
  | 'socketsRefused'
  /** A socket that did not read what it was sent. */
  | 'socketsCut'
  /** A socket that sent more than it may, or did not join in time. */
  | 'socketsEnded'
  /** A transport beyond a quota. */
  | 'transportsRefused';

/**
 * Counts refusals and logs them: the first of a kind at once, then at most one line in ten seconds with how many there were, so that a flood
 * fills no disk. Details name ids and codes, never bodies or tokens.
 */
export class Refusals {
  private readonly counts = new Map<Refusal, number>();
  private readonly quiet = new Map<Refusal, { unlogged: number; details: Record<string, unknown> }>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  count(kind: Refusal, details: Record<string, unknown> = {}): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    const quiet = this.quiet.get(kind);
    if (quiet) {
      quiet.unlogged += 1;
      quiet.details = details;
      return;
    }
    this.log(kind, details, 1);
  }

  /** Since the start, for the node's load: kinds that never happened are left out. */
  figures(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }

  private log(kind: Refusal, details: Record<string, unknown>, times: number): void {
    this.logger.warn({ ...details, refusal: kind, times }, 'refused');
    const quiet = { unlogged: 0, details };
    this.quiet.set(kind, quiet);
    this.clock.after(QUIET, () => {
      this.quiet.delete(kind);
      if (quiet.unlogged > 0) this.log(kind, quiet.details, quiet.unlogged);
    });
  }
}

/** Milliseconds between two log lines of one kind. */
const QUIET = 10_000;
