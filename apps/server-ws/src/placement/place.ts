/** What placement knows of a media node. */
export interface Candidate {
  id: string;
  /** Takes no new work (R10). */
  draining: boolean;
  /** Belongs to the Server WS process that asks: control messages need not cross the network. */
  local: boolean;
  /** Share of its core in use, 0-1. */
  cpu: number;
  transports: number;
}

/**
 * The media node on which a participant of a room publishes: one that holds the room already while it has headroom, else
 * the least loaded. `holding` are the nodes that carry the room's producers. Undefined when there is no node at all.
 */
export function place(candidates: readonly Candidate[], holding: ReadonlySet<string>): string | undefined {
  const open = candidates.filter((candidate) => !candidate.draining);
  const roomy = open.filter((candidate) => holding.has(candidate.id) && candidate.cpu < HEADROOM_BELOW);
  return leastLoaded(roomy.length > 0 ? roomy : open)?.id;
}

function leastLoaded(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.toSorted(
    (a, b) => loadStep(a) - loadStep(b) || Number(b.local) - Number(a.local) || a.id.localeCompare(b.id),
  )[0];
}

/** Load in coarse steps, so that noise does not send anybody to another machine. */
function loadStep(candidate: Candidate): number {
  return Math.round((candidate.cpu + candidate.transports * TRANSPORT_SHARE) / STEP);
}

/** Above this share of its core a worker has no room for a burst of key frames. */
const HEADROOM_BELOW = 0.7;

/** The figures of `cpu` are a second old; open transports foretell what newcomers will cost. A core carries about 500 of them. */
const TRANSPORT_SHARE = 0.002;

const STEP = 0.05;
