import type { Counts } from './attack.js';
import type { Target } from './target.js';

/** The parameters of the attacking process. */
export interface ToAttacker {
  name: string;
  target: Target;
  short: boolean;
  /** Duration of the attack. */
  milliseconds: number;
}

export type FromAttacker =
  | { type: 'done'; counts: Counts }
  /** Bytes to send from a neighbour's address; base64. */
  | { type: 'spoof'; bytes: string };
