/** The used part of a transport. */
export interface WatchedPath {
  stats(): Promise<RTCStatsReport>;
  /** Media arrived just now, as far as that is known without statistics, which cost far more. */
  flows?(): boolean;
  /** A look would wait for the browser's threads of media, which add or remove streams now. */
  isBusy?(): boolean;
}

/**
 * Measures whether packets arrive through one transport. A media node sends RTCP over each one at
 * least once a second, so a path without packets for some seconds is dead, even if all participants
 * are muted. Browsers detect that late, or not at all.
 */
export class PathWatch {
  isSilent = false;
  #path: WatchedPath;
  #changed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #arrivals: number | undefined;
  /** The last known arrival, and the time of the last look. */
  #arrivedAt = 0;
  #checkedAt = 0;
  #isUncertain = false;

  constructor(path: WatchedPath, changed: () => void) {
    this.#path = path;
    this.#changed = changed;
  }

  /** The transport is connected: packets arrive from now on. */
  start(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    this.#arrivedAt = this.#checkedAt = performance.now();
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #later(): void {
    this.#timer = setTimeout(() => void this.#check(), this.#isUncertain ? CLOSE_CHECK_INTERVAL : CHECK_INTERVAL);
  }

  async #check(): Promise<void> {
    if (this.#path.isBusy?.()) {
      this.#later();
      return;
    }
    const arrivedAt = this.#path.flows?.() ? this.#flowing() : await this.#counted();
    if (this.#stopped) return;
    const now = performance.now();
    // The page slept, was frozen or was too busy to look: no packets were expected in that time.
    const isLate = now - this.#checkedAt > LATE;
    this.#checkedAt = now;
    this.#isUncertain = arrivedAt === undefined;
    this.#arrivedAt = isLate ? now : (arrivedAt ?? this.#arrivedAt);
    if (arrivedAt !== undefined) this.#become(false);
    else if (now - this.#arrivedAt >= LONGEST_SILENCE) this.#become(true);
    if (!this.#stopped) this.#later();
  }

  #flowing(): number {
    // A later count is no evidence for the time after this.
    this.#arrivals = undefined;
    return performance.now();
  }

  /** The time of the last arrival, if any packet has arrived since the last look. */
  async #counted(): Promise<number | undefined> {
    const counted = await this.#path.stats().then(arrivalsOf, () => undefined);
    const now = performance.now();
    if (!counted) return now;
    const before = this.#arrivals;
    // Counts begin anew with the candidate pairs of an ICE restart, which is no evidence.
    this.#arrivals = counted.arrivals;
    if (before === undefined || counted.arrivals <= before) return undefined;
    const lastAt = counted.lastAt - performance.timeOrigin;
    return lastAt > this.#checkedAt && lastAt < now ? lastAt : now;
  }

  #become(isSilent: boolean): void {
    if (isSilent === this.isSilent) return;
    this.isSilent = isSilent;
    this.#changed();
  }
}

/**
 * `arrivals` grows with all incoming packets: media, RTCP, answers to ICE checks. `lastAt`: the
 * arrival of the last packet, milliseconds since 1970, where the browser reports it. Undefined
 * where the browser does not count.
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
const CHECK_INTERVAL = 1_000;

/**
 * Milliseconds between two looks while no packets arrive: to detect soon that it is so, or no
 * longer.
 */
const CLOSE_CHECK_INTERVAL = 250;

/** Milliseconds: three reports of a busy transport or six of a quiet one. */
const LONGEST_SILENCE = 3_000;

/** Milliseconds. Browsers limit timers of hidden pages to one a second, some to one a minute. */
const LATE = 5_000;
