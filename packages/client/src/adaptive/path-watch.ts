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
  /** When something came last, as far as it is known, and when it was looked for. */
  #heardAt = 0;
  #lookedAt = 0;
  #isUncertain = false;

  constructor(path: WatchedPath, changed: () => void) {
    this.#path = path;
    this.#changed = changed;
  }

  /** The transport is connected: something comes from now on. */
  start(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    this.#heardAt = this.#lookedAt = performance.now();
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #later(): void {
    this.#timer = setTimeout(() => void this.#look(), this.#isUncertain ? CLOSE_LOOK : LOOK);
  }

  async #look(): Promise<void> {
    const heardAt = this.#path.flows?.() ? this.#flowing() : await this.#counted();
    if (this.#stopped) return;
    const now = performance.now();
    // The page slept, was frozen or was too busy to look: no time in which something was expected.
    const isLate = now - this.#lookedAt > LATE;
    this.#lookedAt = now;
    this.#isUncertain = heardAt === undefined;
    this.#heardAt = isLate ? now : (heardAt ?? this.#heardAt);
    if (heardAt !== undefined) this.#become(false);
    else if (now - this.#heardAt >= LONGEST_SILENCE) this.#become(true);
    if (!this.#stopped) this.#later();
  }

  #flowing(): number {
    // What is counted later says nothing of the time after this.
    this.#arrivals = undefined;
    return performance.now();
  }

  /** When something came last, if anything has since the last look. */
  async #counted(): Promise<number | undefined> {
    const counted = await this.#path.stats().then(arrivalsOf, () => undefined);
    const now = performance.now();
    if (!counted) return now;
    const before = this.#arrivals;
    // Counts begin anew with the candidate pairs of an ICE restart, which says nothing.
    this.#arrivals = counted.arrivals;
    if (before === undefined || counted.arrivals <= before) return undefined;
    const lastAt = counted.lastAt - performance.timeOrigin;
    return lastAt > this.#lookedAt && lastAt < now ? lastAt : now;
  }

  #become(isSilent: boolean): void {
    if (isSilent === this.isSilent) return;
    this.isSilent = isSilent;
    this.#changed();
  }
}

/**
 * `arrivals` grows with everything that comes: media, RTCP, answers to ICE checks. `lastAt`: when
 * the last packet came, milliseconds since 1970, where the browser says so. Undefined where it does
 * not count.
 */
export function arrivalsOf(report: RTCStatsReport): { arrivals: number; lastAt: number } | undefined {
  let counted: { arrivals: number; lastAt: number } | undefined;
  for (const entry of report.values()) {
    if (entry.type !== 'candidate-pair' || entry.bytesReceived === undefined) continue;
    counted ??= { arrivals: 0, lastAt: 0 };
    counted.arrivals += entry.bytesReceived + (entry.responsesReceived ?? 0);
    counted.lastAt = Math.max(counted.lastAt, entry.lastPacketReceivedTimestamp ?? 0);
  }
  return counted;
}

/** Milliseconds between two looks. */
const LOOK = 1_000;

/** Milliseconds between them while nothing comes: to see soon that it is so, or no longer. */
const CLOSE_LOOK = 250;

/** Milliseconds: three reports of a busy transport or six of a quiet one. */
const LONGEST_SILENCE = 3_000;

/** Milliseconds. Browsers hold back timers of hidden pages to one a second, some to one a minute. */
const LATE = 5_000;
