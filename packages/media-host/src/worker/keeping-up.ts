/**
 * Measures how well this worker keeps up with its load: the server's share in the quality of every
 * connection.
 */
export class KeepingUp {
  private lost = 0;
  private handled = 0;
  private dueAt = Number.POSITIVE_INFINITY;
  private longestDelay = 0;
  /** Of the last calls of `figures`. */
  private readonly losses = new Float64Array(REMEMBERED);
  private readonly delays = new Float64Array(REMEMBERED);
  private at = 0;

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
   * milliseconds, `loss` 0-1; `worst`: the highest of the last 60 calls, this one included.
   */
  figures(counters: Counters): { loss: number; delay: number; worst: { loss: number; delay: number } } {
    const lost = counters.kernelDrops + counters.droppedQueueFull;
    const handled = counters.receivedDatagrams + counters.sentDatagrams;
    const lostNow = lost - this.lost;
    const all = lostNow + handled - this.handled;
    const delay = this.longestDelay;
    this.lost = lost;
    this.handled = handled;
    this.longestDelay = 0;
    const loss = all > 0 ? lostNow / all : 0;
    this.losses[this.at] = loss;
    this.delays[this.at] = delay;
    this.at = (this.at + 1) % REMEMBERED;
    return { loss, delay, worst: { loss: Math.max(...this.losses), delay: Math.max(...this.delays) } };
  }
}

interface Counters {
  receivedDatagrams: number;
  sentDatagrams: number;
  kernelDrops: number;
  droppedQueueFull: number;
}

/** Calls of a second each: a minute of call quality. */
const REMEMBERED = 60;
