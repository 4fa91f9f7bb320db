import type { Attack, Counts } from './attack.js';
import type { Notice } from './neighbours.js';

/** The counts of one attack, and its effects on the neighbours. */
export interface Outcome {
  name: string;
  what: string;
  counts: Counts;
  before: Notice;
  during: Notice;
  /** Growth of the resident memory of servers and workers during the attack, in MiB. */
  growth: number;
  /** Process ids from before the attack that no longer exist. */
  ended: number[];
  /** Broken promises; empty when all are kept. */
  broken: string[];
}

/** Judges counts and states only, because times depend on the machine. */
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

/** Share of packets: half of the loss that NACK repairs unnoticed. */
const MOST_LOSS = 0.01;

/** MiB: uncollected garbage of V8 on a busy machine, and the buffers that an attack may fill. */
const MOST_GROWTH = 200;
