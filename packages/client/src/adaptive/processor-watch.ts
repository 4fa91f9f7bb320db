/** A sender whose encoder may have too much to do. */
export interface WatchedSender {
  readonly producerId: string;
  /** Whether its encoder gives less than it should because the machine is too slow. */
  limitedByProcessor(): Promise<boolean>;
}

/** Finds out that a machine does not carry what it encodes: for so long without a break that no start explains it. */
export class ProcessorWatch {
  /** Looks in a row at which a producer was limited. */
  #limited = new Map<string, number>();

  /** To be called every few seconds; true: encoding has been too much for some of them for long. */
  async look(senders: readonly WatchedSender[]): Promise<boolean> {
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

/** Looks, four seconds apart: a call that begins, or a page that is drawn anew, limits encoders for some seconds. */
const LONG = 5;
