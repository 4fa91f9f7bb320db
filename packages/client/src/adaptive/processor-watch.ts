/** A sender whose encoder may be overloaded. */
export interface WatchedSender {
  readonly producerId: string;
  /** Whether its encoder reduces quality because the machine is too slow. */
  limitedByProcessor(): Promise<boolean>;
}

/**
 * Detects that a machine cannot encode its streams: for so long without a break that no start
 * explains it.
 */
export class ProcessorWatch {
  /** Consecutive looks at which a producer was limited. */
  #limited = new Map<string, number>();

  /**
   * Called every few seconds; true: encoding has overloaded the machine for some of them for long.
   */
  async check(senders: readonly WatchedSender[]): Promise<boolean> {
    const before = this.#limited;
    this.#limited = new Map();
    for (const sender of senders) {
      if (await sender.limitedByProcessor()) {
        this.#limited.set(sender.producerId, (before.get(sender.producerId) ?? 0) + 1);
      }
    }
    return [...this.#limited.values()].some((looks) => looks >= LONG);
  }
}

/**
 * Looks, four seconds apart: the start of a call, or a page that renders anew, limits encoders for
 * some seconds.
 */
const LONG = 5;
