/** What placement knows of a media node. */
export interface Candidate {
  readonly id: string;
  /** `placementHash(id)`, kept because a placement looks at every node. */
  readonly hash: number;
  /** Belongs to the Server WS process that asks: control messages need not cross the network. */
  readonly local: boolean;
  /** Takes no new work (R10). */
  readonly draining: boolean;
  /** Has hardly any transport left. */
  readonly exhausted?: boolean;
  /** Came up a moment ago: not every server may know of it. */
  readonly fresh?: boolean;
  /** Share of its core: what it uses, and what the figures do not hold yet (`ReportedNode`). May be above 1. */
  readonly load: number;
}

/** What placement knows of the room in which somebody is about to publish. */
export interface PlacedRoom {
  id: string;
  /** Who would receive what is published, the publisher included. */
  participants: number;
  /** Media nodes that carry the room's producers. */
  holding: Iterable<string>;
}

/**
 * The media node on which a participant of a room publishes; undefined when none takes new work. In
 * this order: one that holds the room already and has headroom for one more publisher of it, so
 * that clients need few connections; of the nodes that are not full, the least loaded of the few
 * that the room's id points at, or of some more when those have no headroom for this publisher's
 * audience; when all are full, the least loaded of as many. One that came up a moment ago only
 * where no other has headroom: whoever publishes anew because their media node died would be
 * divided into those who asked before it came and those who asked after. `except` is a node that
 * this publisher leaves: it is taken when there is no other.
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

/** Whether it takes newcomers at all. */
export function isOpen({ draining, exhausted }: Pick<Candidate, 'draining' | 'exhausted'>): boolean {
  return !draining && exhausted !== true;
}

/** Whether a node that takes on this much more has no room left for a burst of key frames. */
export function isFull({ load }: Pick<Candidate, 'load'>, cost = 0): boolean {
  return load + cost >= FULL;
}

/** What a publisher costs its media node once everybody in the room receives it, as a share of a core. */
export function publishingCost(participants: number): number {
  return participants * LISTENER_COST;
}

/** 32 bits that are spread well and the same on every server (FNV-1a). */
export function placementHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Less loaded; then, for who is alone, of the own process: nobody else chooses for the room meanwhile. Then as the room's id points. */
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

/** Keeps the nodes at which the room points most, highest first. */
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

/** Rendezvous hashing: every server ranks the nodes in one order for a room, each room in another order. */
function pointedAt(candidate: Candidate, point: number): number {
  let mixed = Math.imul(candidate.hash ^ point, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Load in coarse steps, so that noise does not send anybody to another machine. */
function loadStep(candidate: Candidate): number {
  return Math.round(candidate.load / STEP);
}

/** Share of a core. A key frame of 60 packets for 500 receivers takes 80 ms of work at once; above 0.7 it would delay everybody's sound. */
export const FULL = 0.7;

/**
 * Share of a core for one publisher and one listener: microphone (50 packets/s) and camera (270 packets/s, the 2.5 Mbps that a browser sends at
 * most) at 2.6 µs (docs/benchmarks.md). The highest there is, because it counts only until the node's own figures tell.
 */
export const LISTENER_COST = 0.0008;

/**
 * All servers see figures that are a second old, so whichever node looks emptiest would get everything that is placed in that second. Each room looks
 * at four nodes of its own instead, which balances nearly as well (Mitzenmacher's power of two choices) and is all of them in a small cluster.
 */
const CHOICES = 4;

/** A publisher with a thousand listeners needs one of the emptiest nodes: of 16 the best is most likely among the emptiest 10 %. */
export const MOST_CHOICES = 16;

const STEP = 0.05;
