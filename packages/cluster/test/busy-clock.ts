import { type Clock, systemClock } from '../src/clock.js';

/** Time passes, but due callbacks wait until the process is no longer busy. */
export class BusyClock implements Clock {
  readonly #due: (() => void)[] = [];
  #busy = false;

  now = systemClock.now;
  date = systemClock.date;

  after(milliseconds: number, callback: () => void): () => void {
    let cancelled = false;
    const due = () => {
      if (cancelled) return;
      if (this.#busy) this.#due.push(due);
      else callback();
    };
    const cancel = systemClock.after(milliseconds, due);
    return () => {
      cancelled = true;
      cancel();
    };
  }

  set busy(busy: boolean) {
    this.#busy = busy;
    if (!busy) for (const due of this.#due.splice(0)) due();
  }
}
