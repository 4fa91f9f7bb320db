/**
 * Holds what one answer brought until the other answers are there too, so that all of it is negotiated in one offer and answer: what
 * begins within one task, mediasoup-client negotiates together; one after the other costs each stream the time of all before it.
 */
export class Gathering {
  #held: (() => void)[] = [];
  #awaited = 0;
  #longestWait: ReturnType<typeof setTimeout> | undefined;

  /** A request is on its way; `answered` follows in any case. */
  asked(): void {
    this.#awaited += 1;
  }

  answered(begin: (() => void)[] = []): void {
    this.#awaited -= 1;
    this.#held.push(...begin);
    if (this.#awaited === 0) this.#release();
    else if (this.#held.length > 0) this.#longestWait ??= setTimeout(() => this.#release(), LONGEST_WAIT);
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

/** Milliseconds: less than the negotiation that is saved by waiting. */
const LONGEST_WAIT = 100;
