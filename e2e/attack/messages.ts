import type { Counts } from './attack.js';
import type { Target } from './target.js';

/** What the harness asks of the attacking process. */
export interface ToAttacker {
  name: string;
  target: Target;
  short: boolean;
  /** How long the attack lasts. */
  milliseconds: number;
}

export type FromAttacker =
  | { type: 'done'; counts: Counts }
  /** To be sent from a neighbour's address; base64. */
  | { type: 'spoof'; bytes: string };
