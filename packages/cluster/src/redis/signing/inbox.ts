/**
 * The messages that a listener has received, so that none is received twice. Senders number their
 * messages upwards over all channels, and a channel keeps their order but for a few while its slot
 * moves to another Redis server: hence a window, as in RFC 4303 section 3.4.3.
 */
export class Inbox {
  readonly #senders = new Map<string, Window>();

  /**
   * True once for a number of a sender. Senders whose last message is older than `since` are
   * forgotten: messages that old are not accepted at all.
   */
  take(sender: string, number: number, date: number, since: number): boolean {
    let window = this.#senders.get(sender);
    if (!window) {
      if (this.#senders.size >= MANY_SENDERS) this.#forget(since);
      window = { floor: 0, recent: [], date };
      this.#senders.set(sender, window);
    }
    const { recent } = window;
    const last = recent.at(-1) ?? 0;
    if (number <= window.floor || (number <= last && recent.includes(number))) return false;
    recent.push(number);
    if (number < last) recent.sort((one, other) => one - other);
    if (recent.length > WINDOW) window.floor = recent.shift()!;
    window.date = Math.max(window.date, date);
    return true;
  }

  get senders(): number {
    return this.#senders.size;
  }

  #forget(since: number): void {
    for (const [sender, { date }] of this.#senders) if (date < since) this.#senders.delete(sender);
  }
}

interface Window {
  /** Numbers up to this one are not accepted any more. */
  floor: number;
  /** Received, above the floor, ascending. */
  recent: number[];
  /** Of the latest message. */
  date: number;
}

/**
 * Numbers that a message may be behind others of its sender: the messages under way while a slot
 * moves.
 */
const WINDOW = 64;

/** Server processes start and end: those that have ended need no window. */
const MANY_SENDERS = 64;
