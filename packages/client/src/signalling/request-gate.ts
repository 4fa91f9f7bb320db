/**
 * The path of all requests to the session's socket. While it is held, new ones wait, so that none
 * is pending while the session moves from one socket to another: the outcome of every request is
 * known.
 */
export class RequestGate {
  #underWay = new Set<Promise<unknown>>();
  #held: Promise<void> | undefined;
  #open = () => {};

  async pass<T>(send: () => Promise<T>): Promise<T> {
    while (this.#held) await this.#held;
    const answer = send();
    this.#underWay.add(answer);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(answer);
    }
  }

  hold(): void {
    this.#held ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#held = undefined;
    this.#open();
  }

  /** Whether all pending requests end within so many milliseconds. */
  async quiet(milliseconds: number): Promise<boolean> {
    if (this.#underWay.size === 0) return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([Promise.allSettled([...this.#underWay]), late]);
    clearTimeout(timer);
    return this.#underWay.size === 0;
  }
}
