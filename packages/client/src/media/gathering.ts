/**
 * Holds what one answer brought until the other answers are there too, so that all of it goes on together. What is negotiated begins within one task then, and
 * mediasoup-client makes one offer and answer of it; one after the other costs each stream the time of all before it.
 */
export class Gathering {
  #longest: number;
  #held: (() => void)[] = [];
  #awaited = 0;
  #longestWait: ReturnType<typeof setTimeout> | undefined;

  /** `longest`: milliseconds that nothing is held longer than. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** A request is on its way; `answered` follows in any case. */
  asked(): void {
    this.#awaited += 1;
  }

  answered(begin: (() => void)[] = []): void {
    this.#awaited -= 1;
    this.#held.push(...begin);
    if (this.#awaited === 0) this.#release();
    else if (this.#held.length > 0) this.#longestWait ??= setTimeout(() => this.#release(), this.#longest);
  }

  /** Forgets what is held. */
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
