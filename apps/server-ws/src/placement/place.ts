/** The data about a media node that placement uses. */
export interface Candidate {
  readonly id: string;
  /** `placementHash(id)`, stored because each placement reads it of every node. */
  readonly hash: number;
  /** Belongs to the requesting Server WS process: control messages need not cross the network. */
  readonly local: boolean;
  /** Accepts no new work (R10). */
  readonly draining: boolean;
  /** Has few free transports. */
  readonly exhausted?: boolean;
  /** Came up a moment ago: some servers may not know it yet. */
  readonly fresh?: boolean;
  /**
   * Share of its core: its measured use, and the new load that its figures do not contain yet
   * (`ReportedNode`). May be above 1.
   */
  readonly load: number;
}

/** The data about the publisher's room that placement uses. */
export interface PlacedRoom {
  id: string;
  /** Number of receivers, the publisher included. */
  participants: number;
  /** Media nodes that carry the room's producers. */
  holding: Iterable<string>;
}

/**
 * The media node on which a participant of a room publishes; undefined if none accepts new work. In
 * this order: one that already holds the room and has headroom for one more publisher of it, so
 * that clients need few connections; of the nodes that are not full, the least loaded of the room's
 * first few by rendezvous hashing, or of some more if those have no headroom for this publisher's
 * audience; if all are full, the least loaded of as many. A fresh node is taken only if no other
 * has headroom: otherwise publishers that publish anew because their media node died would be
 * divided into those before and those after its start. `except` is a node that this publisher
 * leaves: it is taken only if there is no other.
 */
export function place(
  candidates: ReadonlyMap<string, Candidate>,
  room: PlacedRoom,
  except?: string,
): string | undefined {
  const cost = publishingCost(room.participants);
  const point = placementHash(room.id);
  const alone = room.participants <= 1;
  const holding: Candidate[] = [];
  for (const id of room.holding) {
    const candidate = candidates.get(id);
    if (candidate && isOpen(candidate) && id !== except && !isFull(candidate, cost)) holding.push(candidate);
  }
  if (holding.length > 0) return leastLoaded(holding, point, alone)!.id;

  const open: Candidate[] = [];
  const fresh: Candidate[] = [];
  const full: Candidate[] = [];
  for (const candidate of candidates.values()) {
    if (!isOpen(candidate) || candidate.id === except) continue;
    if (!isFull(candidate)) choose(candidate.fresh ? fresh : open, candidate, point);
    else if (open.length === 0) choose(full, candidate, point);
  }
  const fits = (one: Candidate | undefined) => one && !isFull(one, cost);
  const few = leastLoaded(open.slice(0, CHOICES), point, alone);
  const more = leastLoaded(open, point, alone);
  const latest = leastLoaded(fresh, point, alone);
  const least = leastLoaded(
    [more, latest].filter((one) => one !== undefined),
    point,
    alone,
  );
  const chosen = [few, more, latest].find(fits) ?? least ?? leastLoaded(full, point, alone);
  if (chosen || except === undefined) return chosen?.id;
  const left = candidates.get(except);
  return left && isOpen(left) ? except : undefined;
}

/** Whether it accepts newcomers at all. */
export function isOpen({ draining, exhausted }: Pick<Candidate, 'draining' | 'exhausted'>): boolean {
  return !draining && exhausted !== true;
}

/** Whether a node with this additional cost has no headroom left for a burst of key frames. */
export function isFull({ load }: Pick<Candidate, 'load'>, cost = 0): boolean {
  return load + cost >= FULL;
}

/**
 * The cost of a publisher for its media node once all participants of the room receive it, as a
 * share of a core.
 */
export function publishingCost(participants: number): number {
  return participants * LISTENER_COST;
}

/** A 32-bit hash with a good spread, the same on every server (FNV-1a). */
export function placementHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/**
 * The less loaded node first; then, for a single participant, a node of the own process: no other
 * server chooses for the room meanwhile. Then by the room's hash.
 */
function goesBefore(a: Candidate, b: Candidate, point: number, alone: boolean): boolean {
  const steps = loadStep(a) - loadStep(b);
  if (steps !== 0) return steps < 0;
  if (alone && a.local !== b.local) return a.local;
  return pointedAt(a, point) > pointedAt(b, point) || (a.hash === b.hash && a.id < b.id);
}

function leastLoaded(candidates: readonly Candidate[], point: number, alone: boolean): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) if (!best || goesBefore(candidate, best, point, alone)) best = candidate;
  return best;
}

/** Keeps the nodes with the highest rank for the room, highest first. */
function choose(chosen: Candidate[], candidate: Candidate, point: number): void {
  const rank = pointedAt(candidate, point);
  let at = chosen.length;
  if (at === MOST_CHOICES) {
    if (rank <= pointedAt(chosen[at - 1]!, point)) return;
    at -= 1;
  }
  for (; at > 0 && pointedAt(chosen[at - 1]!, point) < rank; at -= 1) chosen[at] = chosen[at - 1]!;
  chosen[at] = candidate;
}

/**
 * Rendezvous hashing: every server ranks the nodes in one order for a room, and in another order
 * for another room.
 */
function pointedAt(candidate: Candidate, point: number): number {
  let mixed = Math.imul(candidate.hash ^ point, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Load in coarse steps, so that noise moves no publisher to another machine. */
function loadStep(candidate: Candidate): number {
  return Math.round(candidate.load / STEP);
}

/**
 * Share of a core. A key frame of 60 packets for 500 receivers takes 80 ms of work at once; above
 * 0.7 it would delay the sound of all participants.
 */
export const FULL = 0.7;

/**
 * Share of a core for one publisher and one listener: microphone (50 packets/s) and camera (270
 * packets/s, the 2.5 Mbps that a browser sends at most) at 2.6 µs (docs/benchmarks.md). The highest
 * possible value, because it counts only until the node's own figures contain it.
 */
export const LISTENER_COST = 0.0008;

/**
 * All servers use figures that are a second old, so the node that looks emptiest would get all
 * placements of that second. Instead, each room considers four nodes of its own, which balances
 * nearly as well (Mitzenmacher's power of two choices) and covers all nodes of a small cluster.
 */
const CHOICES = 4;

/**
 * A publisher with a thousand listeners needs one of the emptiest nodes: of 16 the best is most
 * likely among the emptiest 10 %.
 */
export const MOST_CHOICES = 16;

const STEP = 0.05;
