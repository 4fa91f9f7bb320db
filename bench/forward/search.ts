import type { Subject, Window } from './subject.js';

/**
 * The highest load that loses less than one packet in a thousand. Undefined when every load loses
 * more, because other work of the machine keeps the processes from their sockets. `cpu` is the
 * share of a core at load 1.
 */
export async function findLimit(subject: Subject, cpu: number, seconds: number): Promise<Window | undefined> {
  let good = 0;
  let bad = subject.largestLoad * (1 + PRECISION);
  let best: Window | undefined;
  let load = Math.min(0.9 / cpu, subject.largestLoad);
  for (let step = 0; step < STEPS && bad / Math.max(good, load / 8) > 1 + PRECISION; step += 1) {
    const window = await subject.window(Math.min(seconds, LONGEST), load);
    if (window.lost < LOSS) {
      good = load;
      best = window;
    } else {
      bad = load;
    }
    if (good >= subject.largestLoad) break;
    load =
      good === 0
        ? bad / 1.5
        : bad > subject.largestLoad
          ? Math.min(good * 1.25, subject.largestLoad)
          : (good + bad) / 2;
  }
  return best;
}

/** Runs a window at the load that takes this share of a core. */
export async function findLoad(subject: Subject, share: number, cpu: number, seconds: number): Promise<Window> {
  let load = Math.min(share / cpu, subject.largestLoad);
  let window = await subject.window(Math.min(seconds, LONGEST), load);
  for (let step = 0; step < STEPS && Math.abs(window.cpu - share) > TOLERANCE; step += 1) {
    // Other work of the machine keeps the worker from its core: more load would only lengthen the
    // queue.
    if (window.p99 > STARVED) break;
    load = Math.min((load * share) / window.cpu, subject.largestLoad);
    window = await subject.window(seconds, load);
  }
  return window;
}

const LOSS = 0.001;
const STEPS = 8;
const PRECISION = 0.05;
const TOLERANCE = 0.04;
/** Milliseconds of delay that a worker with a core of its own does not cause below its limit. */
const STARVED = 200;
/** Seconds of a window in a search. */
const LONGEST = 3;
