// Hot path: no allocation per packet.
import type { InterArrival } from './inter-arrival.js';

/**
 * The slope of the queueing delay over the last groups of packets: a line through smoothed sums of delay changes
 * (the trendline filter that libwebrtc uses in place of the draft's Kalman filter).
 */
export class Trendline {
  /** Increase of the delay, milliseconds for each millisecond; 0 until the window is full. */
  slope = 0;
  /** Groups measured so far, up to `MAX_GROUPS`. */
  groups = 0;
  private readonly times = new Float64Array(WINDOW);
  private readonly delays = new Float64Array(WINDOW);
  private firstArrival = -1;
  private sum = 0;
  private smoothed = 0;

  /** Takes the two groups completed last. */
  add({ arrivalDelta, sendDelta, arrivedAt }: Readonly<GroupDeltas>): void {
    if (this.firstArrival < 0) this.firstArrival = arrivedAt;
    this.sum += arrivalDelta - sendDelta;
    this.smoothed = SMOOTHING * this.smoothed + (1 - SMOOTHING) * this.sum;
    const at = this.groups % WINDOW;
    this.times[at] = arrivedAt - this.firstArrival;
    this.delays[at] = this.smoothed;
    // A full counter restarts from a multiple of the window, so that it remains the index in the
    // ring.
    this.groups = this.groups + 1 === MAX_GROUPS ? MAX_GROUPS - WINDOW : this.groups + 1;
    if (this.groups >= WINDOW) this.fit();
  }

  reset(): void {
    this.groups = 0;
    this.firstArrival = -1;
    this.sum = this.smoothed = this.slope = 0;
  }

  /** Least squares. */
  private fit(): void {
    let meanTime = 0;
    let meanDelay = 0;
    for (let i = 0; i < WINDOW; i++) {
      meanTime += this.times[i]!;
      meanDelay += this.delays[i]!;
    }
    meanTime /= WINDOW;
    meanDelay /= WINDOW;
    let numerator = 0;
    let denominator = 0;
    for (let i = 0; i < WINDOW; i++) {
      const time = this.times[i]! - meanTime;
      numerator += time * (this.delays[i]! - meanDelay);
      denominator += time * time;
    }
    if (denominator !== 0) this.slope = numerator / denominator;
  }
}

type GroupDeltas = Pick<InterArrival, 'arrivalDelta' | 'sendDelta' | 'arrivedAt'>;

/**
 * Groups: at thirty frames a second two thirds of a second, long enough to detect a growing queue
 * through jitter.
 */
const WINDOW = 20;
/** Weight of the past. */
const SMOOTHING = 0.9;
/** Bounds the counter; a multiple of the window. */
const MAX_GROUPS = 1000;
