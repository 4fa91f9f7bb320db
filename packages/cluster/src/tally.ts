import type { Clock } from './clock.js';

/**
 * Counts refusals, drops and survived failures of a process, and logs them: the first of a kind at
 * once, then at most one line in ten seconds with their number, so that a flood fills no disk.
 * Details name ids and codes, never bodies or secrets.
 */
export class Tally<K extends string> {
  readonly #counts = new Map<K, number>();
  readonly #quiet = new Map<K, { unlogged: number; details: object }>();

  /** `sentences`: the log line of each kind. */
  constructor(
    private readonly clock: Clock,
    private readonly logger: { warn(details: object, message: string): void },
    private readonly sentences: Record<K, string>,
  ) {}

  count(kind: K, details: object = {}): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    const quiet = this.#quiet.get(kind);
    if (quiet) {
      quiet.unlogged += 1;
      quiet.details = details;
    } else this.#log(kind, details, 1);
  }

  /** Since the start; kinds that never happened are left out. */
  figures(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  #log(kind: K, details: object, times: number): void {
    this.logger.warn({ ...details, kind, times }, this.sentences[kind]);
    const quiet = { unlogged: 0, details };
    this.#quiet.set(kind, quiet);
    this.clock.after(QUIET, () => {
      this.#quiet.delete(kind);
      if (quiet.unlogged > 0) this.#log(kind, quiet.details, quiet.unlogged);
    });
  }
}

/** Milliseconds between two log lines of one kind. */
const QUIET = 10_000;
