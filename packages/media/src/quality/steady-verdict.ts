import type { Verdict } from './connection-quality.js';

/**
 * Keeps a verdict until another one has held for a while: losses come in bursts, and a mark that
 * flickers is of no use. Near the limit between two qualities the worse one stays: each change soon
 * after another doubles how long the next better verdict must hold (as RFC 2439 damps flapping
 * routes).
 */
export class SteadyVerdict {
  current: Verdict = { quality: 'excellent', limitation: 'none' };
  /** Consecutive verdicts that were worse, or not worse, than the current one. */
  private worse = 0;
  private different = 0;
  /** Verdicts since the last change, and how many a better verdict must hold. */
  private age = RELAPSE;
  private patience = OTHER_AFTER;

  /** Takes the verdict on the last two seconds. Answers whether the current verdict changed. */
  update(verdict: Verdict): boolean {
    const { current } = this;
    this.age++;
    if (verdict.quality === current.quality && verdict.limitation === current.limitation) {
      this.worse = this.different = 0;
      return false;
    }
    this.different++;
    this.worse = RANK[verdict.quality] > RANK[current.quality] ? this.worse + 1 : 0;
    // A lost or restored connection is certain at once.
    const isCertain = verdict.quality === 'lost' || current.quality === 'lost';
    if (!isCertain && this.worse < WORSE_AFTER && this.different < this.patience) return false;
    this.patience = this.age < RELAPSE ? Math.min(2 * this.patience, MOST_PATIENCE) : OTHER_AFTER;
    this.age = 0;
    this.current = verdict;
    this.worse = this.different = 0;
    return true;
  }
}

const RANK = { excellent: 0, good: 1, poor: 2, lost: 3 };
/** Counted in verdicts of two seconds each. */
const WORSE_AFTER = 2;
const OTHER_AFTER = 3;
/** A minute. */
const RELAPSE = 30;
const MOST_PATIENCE = 24;
