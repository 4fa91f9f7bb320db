import type { Attack, Counts } from './attack.js';
import type { Notice } from './neighbours.js';

/** What one attack did, and what the neighbours noticed. */
export interface Outcome {
  name: string;
  what: string;
  counts: Counts;
  before: Notice;
  during: Notice;
  /** MiB of resident memory by which servers and workers grew, from before the attack to its end. */
  growth: number;
  /** Process ids that were there before and are not any more. */
  ended: number[];
  /** What is not as promised; empty: all is. */
  broken: string[];
}

/** Counts and states only: how long something takes depends on the machine. */
export function judge(attack: Attack, outcome: Omit<Outcome, 'broken'>): string[] {
  const { counts, during, growth, ended } = outcome;
  const broken: string[] = [];
  if (ended.length > 0) broken.push(`processes ended: ${ended.join(', ')}`);
  if (during.failed > 0) broken.push(`${during.failed} requests of neighbours failed`);
  if (during.answered === 0) broken.push('no request of neighbours was answered');
  if (during.mediaLoss > MOST_LOSS) broken.push(`neighbours lost ${(100 * during.mediaLoss).toFixed(1)} % of packets`);
  if (growth > MOST_GROWTH) broken.push(`memory grew by ${Math.round(growth)} MiB`);
  for (const { count, atMost } of attack.bounds ?? []) {
    const value = counts[count];
    if (value === undefined || value > atMost) broken.push(`${count}: ${value}, at most ${atMost}`);
  }
  return broken;
}

/** Share of packets: half of what NACK repairs without being noticed. */
const MOST_LOSS = 0.01;

/** MiB: garbage that V8 has not collected yet on a busy machine, and the buffers that an attack may fill. */
const MOST_GROWTH = 200;
