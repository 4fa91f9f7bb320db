import type { Target } from './target.js';

/** One way to abuse a running server. */
export interface Attack {
  /** On the command line. */
  name: string;
  /** One line for the report. */
  what: string;
  /** Runs in a process of its own until `context.over()`; returns counts of what it did and got. */
  run(context: AttackContext): Promise<Counts>;
  /** What `counts` must keep in, beyond the promises to neighbours that every attack must keep. */
  bounds?: Bound[];
}

/** By what is counted, in the order of the report. */
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
  /** Sends bytes from the address at which a neighbour receives media, as a spoofing attacker would. */
  spoof(bytes: Uint8Array): void;
}
