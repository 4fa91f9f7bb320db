/** Time as a parameter, so that tests advance it by hand. */
export interface Clock {
  /** Milliseconds on a monotonic clock: leases, timeouts and pauses count in these (R4). */
  now(): number;
  /** Milliseconds since 1970: the expiry of tokens and the ids of stream entries. */
  date(): number;
  /**
   * Calls back once after this many milliseconds; the returned function cancels it. Does not keep
   * the process alive.
   */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
