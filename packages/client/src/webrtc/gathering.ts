/**
 * Holds the work of one answer until the other answers have arrived, so that all of it starts
 * together. All negotiations then begin within one task, and mediasoup-client makes one offer and
 * answer of them; one after the other costs each stream the time of all before it.
 */
export class Gathering {
  #longest: number;
  #held: (() => void)[] = [];
  #awaited = 0;
  #longestWait: ReturnType<typeof setTimeout> | undefined;

  /** `longest`: the longest time for which work is held, in milliseconds. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** A request is on its way; `answered` follows in any case. */
  requested(): void {
    this.#awaited += 1;
  }

  answered(begin: (() => void)[] = []): void {
    this.#awaited -= 1;
    this.#held.push(...begin);
    if (this.#awaited === 0) this.#release();
    else if (this.#held.length > 0) this.#longestWait ??= setTimeout(() => this.#release(), this.#longest);
  }

  /** Discards the held work. */
  clear(): void {
    this.#held = [];
    clearTimeout(this.#longestWait);
    this.#longestWait = undefined;
  }

  #release(): void {
    const held = this.#held;
    this.clear();
    for (const begin of held) begin();
  }
}
