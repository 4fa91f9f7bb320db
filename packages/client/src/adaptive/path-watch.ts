/** What is read of a transport. */
export interface WatchedPath {
  stats(): Promise<RTCStatsReport>;
  /** Media came just now, as far as that can be known without statistics, which cost far more. */
  flows?(): boolean;
}

/**
 * Measures whether anything comes through one transport. A media node sends RTCP over each one at
 * least once a second, so that nothing for some seconds is a dead path, whoever is muted. Browsers
 * notice that late by themselves, or not at all.
 */
export class PathWatch {
  isSilent = false;
  #path: WatchedPath;
  #changed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #arrivals: number | undefined;
  /** Milliseconds for which nothing has come. */
  #silence = 0;
  #lookedAt = 0;

  constructor(path: WatchedPath, changed: () => void) {
    this.#path = path;
    this.#changed = changed;
  }

  /** The transport is connected: something comes from now on. */
  start(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    this.#lookedAt = performance.now();
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #later(): void {
    const isUncertain = this.#silence > 0 || this.isSilent;
    this.#timer = setTimeout(() => void this.#look(), isUncertain ? CLOSE_LOOK : LOOK);
  }

  async #look(): Promise<void> {
    const hasCome = this.#path.flows?.() || (await this.#hasCome());
    if (this.#stopped) return;
    const now = performance.now();
    const since = now - this.#lookedAt;
    this.#lookedAt = now;
    // The page slept, was frozen or was too busy to look: no time in which something was expected.
    const isLate = since > LATE;
    this.#silence = hasCome || isLate ? 0 : this.#silence + since;
    if (hasCome) this.#become(false);
    else if (this.#silence >= LONGEST_SILENCE) this.#become(true);
    if (!this.#stopped) this.#later();
  }

  async #hasCome(): Promise<boolean> {
    const arrivals = await this.#path.stats().then(arrivalsOf, () => undefined);
    const before = this.#arrivals;
    // Counts begin anew with the candidate pairs of an ICE restart, which says nothing.
    this.#arrivals = arrivals;
    if (arrivals === undefined) return true;
    return before === undefined || arrivals > before;
  }

  #become(isSilent: boolean): void {
    if (isSilent === this.isSilent) return;
    this.isSilent = isSilent;
    this.#changed();
  }
}

/**
 * Grows with everything that comes: media, RTCP, answers to ICE checks. Undefined where the browser
 * does not count them.
 */
export function arrivalsOf(report: RTCStatsReport): number | undefined {
  let arrivals: number | undefined;
  for (const entry of report.values()) {
    if (entry.type !== 'candidate-pair' || entry.bytesReceived === undefined) continue;
    arrivals = (arrivals ?? 0) + entry.bytesReceived + (entry.responsesReceived ?? 0);
  }
  return arrivals;
}

/** Milliseconds between two looks. */
const LOOK = 1_000;

/** Milliseconds between them while nothing comes: to see soon that it is so, or no longer. */
const CLOSE_LOOK = 250;

/** Milliseconds: three reports of a busy transport or six of a quiet one. */
const LONGEST_SILENCE = 3_000;

/** Milliseconds. Browsers hold back timers of hidden pages to one a second, some to one a minute. */
const LATE = 5_000;
