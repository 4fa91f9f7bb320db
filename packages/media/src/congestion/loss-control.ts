// Hot path: no allocation per packet.
import type { ReportedPacket } from './reported-packet.js';

/**
 * The rate that losses allow. A path loses packets by itself (radio) or because the sent rate
 * exceeds its own; only the second loss decreases with the sent rate. So the rate and the path's
 * own loss are estimated together, from the losses at each rate: the pair with the highest
 * likelihood of the last observations wins (the idea of libwebrtc's second loss-based estimator).
 */
export class LossControl {
  /** Bits per second; `Infinity` until losses limit it. */
  target = Number.POSITIVE_INFINITY;
  /** The path loses nothing by itself: TCP. */
  isReliable = false;
  /** Share that the path loses by itself, 0-1. */
  inherentLoss = FIRST_INHERENT_LOSS;
  /** The share of lost packets in the last observations, 0-1. */
  lossRatio = 0;
  private readonly totals = new Float64Array(WINDOW);
  private readonly losses = new Float64Array(WINDOW);
  private readonly rates = new Float64Array(WINDOW);
  private count = 0;
  private total = 0;
  private lost = 0;
  private bytes = 0;
  private firstSent = -1;
  private lastSent = 0;
  private decreasedAt = Number.NEGATIVE_INFINITY;

  /** The fate of a packet became known. Milliseconds, bytes. */
  add({ sentAt, size }: Readonly<Pick<ReportedPacket, 'sentAt' | 'size'>>, isLost: boolean): void {
    if (this.firstSent < 0) this.firstSent = sentAt;
    this.lastSent = Math.max(this.lastSent, sentAt);
    this.total++;
    this.bytes += size;
    if (isLost) this.lost++;
  }

  /** A packet that counted as lost arrived late. */
  retract(): void {
    if (this.lost > 0) this.lost--;
  }

  /**
   * Call it after each feedback. Bits per second: the arriving rate, and the rate that the delay
   * allows.
   */
  update(acknowledged: number, delayBased: number, now: number): void {
    if (this.total >= MIN_PACKETS && this.lastSent - this.firstSent >= OBSERVATION_TIME) {
      this.observe();
      this.estimate(acknowledged, delayBased, now);
    }
    if (this.target >= delayBased) this.target = Number.POSITIVE_INFINITY;
  }

  private observe(): void {
    const at = this.count++ % WINDOW;
    this.totals[at] = this.total;
    this.losses[at] = this.lost;
    this.rates[at] = (this.bytes * 8000) / (this.lastSent - this.firstSent);
    this.total = this.lost = this.bytes = 0;
    this.firstSent = -1;
    this.lastSent = 0;
  }

  private estimate(acknowledged: number, delayBased: number, now: number): void {
    this.lossRatio = this.average();
    const current = Math.min(this.target, delayBased);
    const isFresh = now - this.decreasedAt < HOLD_TIME;
    let best = current;
    let bestInherent = this.inherentLoss;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < CANDIDATES; i++) {
      let candidate = current;
      if (i === 0) candidate = current * STEP_UP;
      else if (i === 1) candidate = current * STEP_DOWN;
      // The arriving rate is the rate of the path, if the path is the limit.
      else if (i === 2) candidate = acknowledged > 0 ? Math.min(current, acknowledged * BACKOFF) : current;
      else if (i === 3) candidate = delayBased;
      if (candidate > current && isFresh) continue;
      candidate = Math.min(candidate, delayBased, i === 3 ? current * MAX_STEP : candidate);
      const inherent = this.likeliestInherent(candidate);
      const score = this.score(candidate, inherent);
      if (score <= bestScore) continue;
      bestScore = score;
      best = candidate;
      bestInherent = inherent;
    }
    this.inherentLoss = bestInherent;
    if (best < current) this.decreasedAt = now;
    // Without losses to explain, a lower rate is no result.
    this.target = best < delayBased ? best : Number.POSITIVE_INFINITY;
  }

  /**
   * One step of Newton's method from the previous estimate, within the loss that a path of this
   * rate may have by itself.
   */
  private likeliestInherent(rate: number): number {
    let first = 0;
    let second = 0;
    for (let i = 0; i < Math.min(this.count, WINDOW); i++) {
      const weight = this.weight(i);
      const probability = this.probability(i, rate, this.inherentLoss);
      const lost = this.losses[i]!;
      const received = this.totals[i]! - lost;
      first += weight * (lost / probability - received / (1 - probability));
      second -= weight * (lost / probability ** 2 + received / (1 - probability) ** 2);
    }
    const moved = second === 0 ? this.inherentLoss : this.inherentLoss - (NEWTON_STEP * first) / second;
    const most = this.isReliable ? MIN_INHERENT_LOSS : MAX_INHERENT_LOSS + BALANCE / rate;
    return Math.min(Math.max(moved, MIN_INHERENT_LOSS), most);
  }

  private score(rate: number, inherent: number): number {
    // The preference between equally likely rates: the higher one, unless much is lost.
    const preference = (PREFERENCE_LOSS - this.lossRatio) / (0.002 + Math.abs(PREFERENCE_LOSS - this.lossRatio));
    const kilobits = rate / 1000;
    const bias = preference * (LINEAR_BIAS * kilobits + LOG_BIAS * Math.log(1 + kilobits));
    let score = 0;
    for (let i = 0; i < Math.min(this.count, WINDOW); i++) {
      const probability = this.probability(i, rate, inherent);
      const lost = this.losses[i]!;
      const received = this.totals[i]! - lost;
      score +=
        this.weight(i) * (lost * Math.log(probability) + received * Math.log(1 - probability) + bias * this.totals[i]!);
    }
    return score;
  }

  /** The probability of a loss in this observation on a path of this rate. */
  private probability(i: number, rate: number, inherent: number): number {
    const sent = this.rates[i]!;
    const beyond = sent > rate ? (sent - rate) / sent : 0;
    return Math.min(Math.max(inherent + (1 - inherent) * beyond, 1e-6), 1 - 1e-6);
  }

  private average(): number {
    let total = 0;
    let lost = 0;
    for (let i = 0; i < Math.min(this.count, WINDOW); i++) {
      total += this.weight(i) * this.totals[i]!;
      lost += this.weight(i) * this.losses[i]!;
    }
    return total === 0 ? 0 : lost / total;
  }

  /** The newest has the largest weight. */
  private weight(i: number): number {
    const age = (((this.count - 1 - i) % WINDOW) + WINDOW) % WINDOW;
    return WEIGHTS[age]!;
  }
}

const CANDIDATES = 5;
/**
 * The number of observations: five seconds of them, each with a tenth less weight than the next.
 */
const WINDOW = 20;
const WEIGHTS = Float64Array.from({ length: WINDOW }, (_, age) => 0.9 ** age);
/**
 * Milliseconds of sending in one observation, and packets: with fewer, one lost packet of sound
 * would be a fifth.
 */
const OBSERVATION_TIME = 250;
const MIN_PACKETS = 10;
const FIRST_INHERENT_LOSS = 0.01;
const MIN_INHERENT_LOSS = 0.001;
/**
 * A path may lose 5 % by itself, and a slower one more: 20 % at 2 Mbit/s, any share at the rate of
 * sound alone.
 */
const MAX_INHERENT_LOSS = 0.05;
const BALANCE = 300_000;
const NEWTON_STEP = 0.75;
const STEP_UP = 1.02;
const STEP_DOWN = 0.95;
/** Below the arriving rate, so that a full queue drains. */
const BACKOFF = 0.95;
/** The largest rise for one observation. */
const MAX_STEP = 1.1;
/** Milliseconds after a decrease without an increase: feedback must have shown its effect. */
const HOLD_TIME = 300;
/** Half of libwebrtc's, per packet: decides between rates that losses do not distinguish. */
const LINEAR_BIAS = 0.0001;
const LOG_BIAS = 0.01;
/**
 * Above this loss the lower rate is preferred: for any cause of the loss, the picture is better
 * with less.
 */
const PREFERENCE_LOSS = 0.3;
