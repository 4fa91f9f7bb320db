import type { Clock } from '@waterbus/cluster';

/**
 * Tells them one after the other, so that their moves do not all fall into the same moment: few of them `APART`, many of them within `WITHIN`. The first one
 * waits for a part of that by chance, because other servers begin at the same time. Answers what ends it.
 */
export function paced<T>(all: readonly T[], clock: Clock, random: () => number, tell: (one: T) => void): () => void {
  const apart = Math.min(APART, WITHIN / all.length);
  let stop = () => {};
  const next = (index: number) => {
    const one = all[index];
    if (one === undefined) return;
    tell(one);
    stop = clock.after(apart, () => next(index + 1));
  };
  const wait = random() * apart;
  if (wait > 0) stop = clock.after(wait, () => next(0));
  else next(0);
  return () => stop();
}

/** Milliseconds: what a client needs until everybody receives what it sends through another transport, and lets go of the old one. */
const APART = 4_000;

/** Milliseconds: a quarter of a drain's deadline. */
const WITHIN = 15_000;
