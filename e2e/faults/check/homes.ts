import type { Entry } from '../history.js';
import type { BrokenRule } from './broken-rule.js';

/**
 * R3: each participant has one home at any time; a change of node raises the epoch, and no epoch
 * returns.
 */
export function checkHomes(entries: readonly Entry[]): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const inForce = new Map<string, { nodeId: string; epoch: number }>();
  for (const entry of entries) {
    if (entry.type !== 'homes') continue;
    const named = new Set<string>();
    for (const { participantId, nodeId, epoch } of entry.homes) {
      const report = (what: string) => broken.push({ rule: 'R3', what: `${participantId} ${what}` });
      if (named.has(participantId)) report('has two homes');
      named.add(participantId);
      const before = inForce.get(participantId);
      inForce.set(participantId, { nodeId, epoch });
      if (!before) continue;
      if (epoch < before.epoch)
        report(`went back from epoch ${before.epoch} (${before.nodeId}) to ${epoch} (${nodeId})`);
      if (epoch === before.epoch && nodeId !== before.nodeId)
        report(`is at home on ${before.nodeId} and ${nodeId} by the same epoch ${epoch}`);
    }
  }
  return broken;
}
