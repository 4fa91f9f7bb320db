/**
 * The path of all requests to the session's socket. While it is held, new ones wait, so that none
 * is pending while the session moves from one socket to another: the outcome of every request is
 * known.
 */
export class RequestGate {
  #pending = new Set<Promise<unknown>>();
  #holds = 0;
  #held: Promise<void> | undefined;
  #open = () => {};

  async send<T>(send: () => Promise<T>): Promise<T> {
    while (this.#held) await this.#held;
    const answer = send();
    this.#pending.add(answer);
    try {
      return await answer;
    } finally {
      this.#pending.delete(answer);
    }
  }

  /** Holds it until the signal is aborted, or the answered function is called. */
  hold(signal: AbortSignal): () => void {
    this.#holds += 1;
    this.#held ??= new Promise((resolve) => {
      this.#open = resolve;
    });
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      signal.removeEventListener('abort', release);
      this.#holds -= 1;
      if (this.#holds > 0) return;
      this.#held = undefined;
      this.#open();
    };
    signal.addEventListener('abort', release, { once: true });
    if (signal.aborted) release();
    return release;
  }

  /** Whether all pending requests end within so many milliseconds. */
  async quiet(milliseconds: number): Promise<boolean> {
    if (this.#pending.size === 0) return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([Promise.allSettled([...this.#pending]), late]);
    clearTimeout(timer);
    return this.#pending.size === 0;
  }
}
