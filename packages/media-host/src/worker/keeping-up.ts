/**
 * Measures how well this worker keeps up with its load: the server's share in the quality of every
 * connection.
 */
export class KeepingUp {
  private lost = 0;
  private handled = 0;
  private dueAt = Number.POSITIVE_INFINITY;
  private longestDelay = 0;

  /** `delayed`: called with the delay of each timer, milliseconds. */
  constructor(private readonly delayed: (delay: number) => void = () => {}) {}

  /** Called by a timer of `interval` milliseconds; `now` is the time at which it ran. */
  tick(now: number, interval: number): void {
    const delay = Math.max(0, now - this.dueAt);
    if (Number.isFinite(this.dueAt)) this.delayed(delay);
    this.longestDelay = Math.max(this.longestDelay, delay);
    this.dueAt = now + interval;
  }

  /**
   * The figures since the last call, from the totals of the socket's counters. `delay` is
   * milliseconds, `loss` 0-1.
   */
  figures(counters: Counters): { loss: number; delay: number } {
    const lost = counters.kernelDrops + counters.droppedQueueFull;
    const handled = counters.receivedDatagrams + counters.sentDatagrams;
    const lostNow = lost - this.lost;
    const all = lostNow + handled - this.handled;
    const delay = this.longestDelay;
    this.lost = lost;
    this.handled = handled;
    this.longestDelay = 0;
    return { loss: all > 0 ? lostNow / all : 0, delay };
  }
}

interface Counters {
  receivedDatagrams: number;
  sentDatagrams: number;
  kernelDrops: number;
  droppedQueueFull: number;
}
