/** Pauses between attempts. `wake` ends all of them. */
export class Pauses {
  #wakes = new Set<() => void>();

  /** Ends after so many milliseconds, or with the signal. True: `wake` ended it. */
  wait(milliseconds: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (woken: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        this.#wakes.delete(wake);
        resolve(woken);
      };
      const aborted = () => done(false);
      const timer = setTimeout(() => done(false), milliseconds);
      signal.addEventListener('abort', aborted);
      const wake = () => done(true);
      this.#wakes.add(wake);
      if (signal.aborted) done(false);
    });
  }

  wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }
}
