import type { Target } from './target.js';

/** One kind of abuse of a running server. */
export interface Attack {
  /** The name on the command line. */
  name: string;
  /** One line for the report. */
  what: string;
  /** Runs in a separate process until `context.over()`. Returns counts of requests and results. */
  run(context: AttackContext): Promise<Counts>;
  /** Limits of `counts`, in addition to the promises to neighbours that every attack must keep. */
  bounds?: Bound[];
}

/** Counts by name, in the order of the report. */
export type Counts = Record<string, number>;

/** A count that the attack must not exceed. */
export interface Bound {
  count: string;
  atMost: number;
}

export interface AttackContext {
  target: Target;
  short: boolean;
  /** Whether the time of this attack is over. */
  over(): boolean;
  /**
   * Sends bytes from the address at which a neighbour receives media, as a spoofing attacker does.
   */
  spoof(bytes: Uint8Array): void;
}
