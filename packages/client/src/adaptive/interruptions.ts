import { arrivalsOf } from './path-watch.js';

/** The used part of a transport. */
export interface InterruptiblePath {
  stats(): Promise<RTCStatsReport>;
  /**
   * Whether media were seen or heard within so many milliseconds, which costs far less than
   * statistics; absent for a path that carries none to here.
   */
  flows?(within: number): boolean;
  /** A look would wait for the browser's threads of media, which add or remove streams now. */
  isBusy?(): boolean;
  /** Whether media should pass through it now: others send, or this client does. */
  expected(): boolean;
  /** Nothing arrives any more, although something arrived evenly until now. */
  interrupted(): void;
}

interface Watched {
  path: InterruptiblePath;
  /** Media have flowed, or packets arrived, without a long pause since; undefined: not now. */
  evenSince: number | undefined;
  readAt: number;
  interruptedAt: number;
  /** Milliseconds without a packet that are no interruption: more after a false alarm. */
  tolerated: number;
  /** The last alarm may have been false. */
  isDoubtful: boolean;
}

/**
 * Detects within half a second that a path of the call has broken: a NAT assigned another port, or
 * the network is another one. Browsers need seconds for it, and `PathWatch` too, whose verdict is
 * shown to people: this one only causes a repair, which harms nothing when it was wrong. Paths
 * often break together, so that the interruption of one causes a look at all others.
 */
export class Interruptions {
  #paths = new Set<Watched>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lookedAt = 0;

  /** The transport is connected. Ends with the returned function. */
  watch(path: InterruptiblePath): () => void {
    const watched: Watched = { path, evenSince: undefined, readAt: 0, ...UNDISTURBED };
    this.#paths.add(watched);
    if (this.#paths.size === 1) {
      this.#lookedAt = performance.now();
      this.#later(LOOK);
    }
    return () => {
      this.#paths.delete(watched);
      if (this.#paths.size === 0) clearTimeout(this.#timer);
    };
  }

  #later(after: number): void {
    this.#timer = setTimeout(() => this.#look(), after);
  }

  #look(): void {
    const now = performance.now();
    // The page was too busy, hidden or asleep: nothing is known about the time in between.
    if (now - this.#lookedAt > LATE) for (const watched of this.#paths) watched.evenSince = undefined;
    this.#lookedAt = now;
    let flowing = false;
    let paused = false;
    for (const watched of this.#paths) {
      const { path } = watched;
      if (watched.isDoubtful) void this.#doubt(watched);
      if (!path.flows || path.isBusy?.()) continue;
      if (path.flows(2 * LOOK)) {
        watched.evenSince ??= now;
        flowing = true;
      } else if (path.flows(watched.tolerated)) paused = true;
      else {
        const wasEven = watched.evenSince !== undefined && now - watched.evenSince >= EVEN;
        watched.evenSince = undefined;
        if (wasEven && path.expected()) void this.#verify(watched);
      }
    }
    // Where media arrive, statistics of the other direction are not worth their price.
    if (!flowing) for (const watched of this.#paths) if (!watched.path.flows) this.#count(watched, now);
    this.#later(paused ? LOOK / 2 : LOOK);
  }

  /** A path without media to here: the media node reports what it has received through it. */
  #count(watched: Watched, now: number): void {
    if (now - watched.readAt < COUNT_INTERVAL || !watched.path.expected()) return;
    watched.readAt = now;
    void this.#age(watched).then((age) => {
      if (age === undefined) return;
      if (age < EVEN_REPORTS) {
        watched.evenSince ??= now;
        return;
      }
      if (age < watched.tolerated) return;
      const wasEven = watched.evenSince !== undefined && now - watched.evenSince >= EVEN;
      watched.evenSince = undefined;
      if (wasEven) this.#interrupted(watched);
    });
  }

  /** No media were played out: sound that was not sent, a picture that was paused? */
  async #verify(watched: Watched): Promise<void> {
    const age = await this.#age(watched);
    // Where the browser does not report the time, the missing media have to suffice.
    if (age === undefined || age >= watched.tolerated) this.#interrupted(watched);
    // The next look decides.
    else if (this.#paths.has(watched)) watched.evenSince ??= performance.now() - EVEN;
  }

  #interrupted(watched: Watched): void {
    const now = performance.now();
    if (!this.#paths.has(watched) || now - watched.interruptedAt < REPAIR) return;
    watched.interruptedAt = now;
    watched.isDoubtful = true;
    watched.path.interrupted();
    for (const other of this.#paths) {
      if (other === watched || !other.path.expected()) continue;
      void this.#age(other).then((age) => {
        if (age !== undefined && age >= SUSPICIOUS) this.#interrupted(other);
      });
    }
  }

  /** A packet that arrives before any repair can have worked was only late. */
  async #doubt(watched: Watched): Promise<void> {
    watched.isDoubtful = false;
    const since = performance.now() - watched.interruptedAt;
    const age = await this.#age(watched);
    if (age !== undefined && age < since) watched.tolerated = Math.min(MOST_TOLERATED, watched.tolerated * 1.5);
  }

  /** Milliseconds since the last packet; undefined where the browser does not report it. */
  async #age(watched: Watched): Promise<number | undefined> {
    const counted = await watched.path.stats().then(arrivalsOf, () => undefined);
    if (!counted?.lastAt) return undefined;
    return performance.timeOrigin + performance.now() - counted.lastAt;
  }
}

/** Milliseconds between two looks. */
const LOOK = 100;
/** Milliseconds. A look that comes later says nothing about the path. */
const LATE = 400;
/**
 * Milliseconds without a packet. A microphone in silence sends one each 400 ms (RFC 6716 section
 * 2.1.9, DTX).
 */
const TOLERATED = 450;
/** Milliseconds, for a network that delays packets that much. */
const MOST_TOLERATED = 2_000;
const UNDISTURBED = { interruptedAt: Number.NEGATIVE_INFINITY, tolerated: TOLERATED, isDoubtful: false };
/** Milliseconds of an even flow, before its end means anything. */
const EVEN = 1_000;
/** Milliseconds between two readings of a path that carries no media to here. */
const COUNT_INTERVAL = 200;
/** Milliseconds: a media node reports each 50 ms while packets arrive there. */
const EVEN_REPORTS = 250;
/** Milliseconds until a repair has worked or failed. */
const REPAIR = 3_000;
/** Milliseconds without a packet, for a path beside an interrupted one. */
const SUSPICIOUS = 300;
