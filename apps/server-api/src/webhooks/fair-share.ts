/** An endpoint with due deliveries. */
export interface Candidate {
  webhookId: string;
  owner: string;
  /** Failed attempts since the last success. */
  failures: number;
}

/** The deliveries that one server has in progress. */
export interface Sending {
  /** Endpoints with a delivery in progress. */
  endpoints: ReadonlySet<string>;
  /** Their number by owner, and the number whose last attempt failed. */
  byOwner: ReadonlyMap<string, number>;
  failing: number;
}

/**
 * Chooses the next endpoints. Owners take turns, the one with the fewest deliveries in progress
 * first, so that many slow endpoints of one owner do not delay others; an owner has a bounded
 * number at once, and failing endpoints never take all places. `candidates`: the longest wait
 * first.
 */
export function fairShare(candidates: readonly Candidate[], sending: Sending, places = MOST_ENDPOINTS): Candidate[] {
  const byOwner = new Map(sending.byOwner);
  const chosen: Candidate[] = [];
  const left = candidates.filter(({ webhookId }) => !sending.endpoints.has(webhookId));
  let { failing } = sending;
  while (sending.endpoints.size + chosen.length < places) {
    let best: Candidate | undefined;
    for (const one of left) {
      if (one.failures > 0 && failing >= MOST_FAILING) continue;
      const share = byOwner.get(one.owner) ?? 0;
      if (share < MOST_OF_OWNER && (!best || share < (byOwner.get(best.owner) ?? 0))) best = one;
    }
    if (!best) break;
    left.splice(left.indexOf(best), 1);
    chosen.push(best);
    byOwner.set(best.owner, (byOwner.get(best.owner) ?? 0) + 1);
    if (best.failures > 0) failing += 1;
  }
  return chosen;
}

/** Per owner at once: all of a small number of back ends, and an eighth of the places. */
export const MOST_OF_OWNER = 4;

/** Sockets at once: enough for many slow receivers, few enough for a small server. */
export const MOST_ENDPOINTS = 32;

/** Endpoints at once whose last attempt failed: the other half is for those that may answer. */
export const MOST_FAILING = 16;
