import type { Clock } from '@waterbus/cluster';

/**
 * Calls `notify` for one after the other, so that their moves do not coincide: few of them `APART`,
 * many of them within `WITHIN`. The first one waits for a random part of the interval, because
 * other servers begin at the same time. Returns a function that ends it.
 */
export function paced<T>(all: readonly T[], clock: Clock, random: () => number, notify: (one: T) => void): () => void {
  const apart = Math.min(APART, WITHIN / all.length);
  let stop = () => {};
  const next = (index: number) => {
    const one = all[index];
    if (one === undefined) return;
    notify(one);
    stop = clock.after(apart, () => next(index + 1));
  };
  const wait = random() * apart;
  if (wait > 0) stop = clock.after(wait, () => next(0));
  else next(0);
  return () => stop();
}

/**
 * Milliseconds: the time until all receivers of a client receive its streams through another
 * transport, and the client closes the old one.
 */
const APART = 4_000;

/** Milliseconds: a quarter of a drain's deadline. */
const WITHIN = 15_000;
