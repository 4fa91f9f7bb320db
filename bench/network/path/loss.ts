import type { Random } from '../../simulate/random.js';

/** Random loss of a link. Shares are between 0 and 1. */
export interface LossSpec {
  share: number;
  /** Mean length of a run of lost packets; without it each packet is lost independently. */
  burst?: number;
}

/**
 * Loss by the model of Gilbert: a good state without loss, and a bad state in which all packets are
 * lost.
 */
export class GilbertLoss {
  #bad = false;

  constructor(
    private readonly spec: LossSpec,
    private readonly random: Random,
  ) {}

  /** Whether the next packet is lost. */
  next(): boolean {
    const { share, burst } = this.spec;
    if (share <= 0) return false;
    if (burst === undefined) return this.random.next() < share;
    const [enter, leave] = [share / (burst * (1 - share)), 1 / burst];
    this.#bad = this.random.next() < (this.#bad ? 1 - leave : enter);
    return this.#bad;
  }
}
