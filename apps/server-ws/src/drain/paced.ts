import type { Clock } from '@waterbus/cluster';

/**
 * Tells them one after the other, the first at once, so that their moves do not all fall into the same moment: few of them one apart from the other, many of
 * them within `WITHIN`. Answers what ends it.
 */
export function paced<T>(all: readonly T[], clock: Clock, tell: (one: T) => void): () => void {
  const apart = Math.min(APART, WITHIN / all.length);
  let stop = () => {};
  const next = (index: number) => {
    const one = all[index];
    if (one === undefined) return;
    tell(one);
    stop = clock.after(apart, () => next(index + 1));
  };
  next(0);
  return () => stop();
}

/** Milliseconds: what a client needs to open a transport and begin to send through it. */
const APART = 500;

/** Milliseconds: a sixth of a drain's deadline. */
const WITHIN = 10_000;
