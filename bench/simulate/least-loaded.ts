import type { Candidate } from '@waterbus/server-ws/testing/place';

/**
 * The reference for placement: the least loaded node by the same figures, regardless of the room.
 */
export function leastLoaded(candidates: ReadonlyMap<string, Candidate>, except?: string): string | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates.values()) {
    if (candidate.draining || candidate.id === except) continue;
    if (!best || candidate.load < best.load) best = candidate;
  }
  return best?.id;
}
