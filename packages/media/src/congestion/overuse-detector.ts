// Hot path: no allocation per packet.
import type { InterArrival } from './inter-arrival.js';
import type { Trendline } from './trendline.js';

export type Usage = 'normal' | 'overuse' | 'underuse';

/**
 * Whether the path is used beyond its rate. Compares the trend of the delay with a threshold that
 * adapts to the path's jitter (draft-ietf-rmcat-gcc-02 section 5.4; Carlucci et al. 2016); with a
 * fixed one, flows that fill queues would starve ours.
 */
export class OveruseDetector {
  usage: Usage = 'normal';
  threshold = FIRST_THRESHOLD;
  /** Milliseconds since the trend exceeded the threshold, -1 below it. */
  private overFor = -1;
  private overs = 0;
  private previousTrend = 0;
  private updatedAt = -1;

  /** Takes the trend after the two groups completed last. */
  detect(
    { slope, groups }: Readonly<Pick<Trendline, 'slope' | 'groups'>>,
    last: Readonly<Pick<InterArrival, 'sendDelta' | 'arrivedAt'>>,
  ): Usage {
    const { sendDelta } = last;
    if (groups < 2) return this.usage;
    const trend = Math.min(groups, MAX_GAIN_GROUPS) * slope * TREND_GAIN;
    if (trend > this.threshold) {
      this.overFor = this.overFor < 0 ? sendDelta / 2 : this.overFor + sendDelta;
      this.overs++;
      // A falling trend means that the queue drains already.
      if (this.overFor > OVERUSE_TIME && this.overs > 1 && slope >= this.previousTrend) {
        this.overFor = 0;
        this.overs = 0;
        this.usage = 'overuse';
      }
    } else {
      this.overFor = -1;
      this.overs = 0;
      this.usage = trend < -this.threshold ? 'underuse' : 'normal';
    }
    this.previousTrend = slope;
    const distance = Math.abs(trend) - this.threshold;
    const elapsed = this.updatedAt < 0 ? 0 : Math.min(last.arrivedAt - this.updatedAt, MAX_ADAPT_TIME);
    this.updatedAt = last.arrivedAt;
    // A sudden spike, for example at a route change, is not the path's jitter.
    if (distance <= MAX_ADAPT_DISTANCE && elapsed > 0) {
      const gain = distance < 0 ? GAIN_DOWN : GAIN_UP;
      this.threshold = Math.min(Math.max(this.threshold + gain * distance * elapsed, MIN_THRESHOLD), MAX_THRESHOLD);
    }
    return this.usage;
  }

  reset(): void {
    this.usage = 'normal';
    this.overFor = -1;
    this.overs = 0;
    this.previousTrend = 0;
    this.updatedAt = -1;
  }
}

/** From libwebrtc except for the downward gain; threshold in milliseconds. */
const FIRST_THRESHOLD = 12.5;
const MIN_THRESHOLD = 6;
const MAX_THRESHOLD = 600;
/**
 * For each millisecond. libwebrtc's downward gain, 0.039, forgets within 25 ms, before a competing
 * download has filled the queue again. With 0.001 the largest of several flows of ours keeps the
 * queue full and the others without pictures.
 */
const GAIN_UP = 0.0087;
const GAIN_DOWN = 0.004;
const MAX_ADAPT_TIME = 100;
const MAX_ADAPT_DISTANCE = 15;
const OVERUSE_TIME = 10;
/**
 * The draft compares the slope with the threshold after scaling it by groups, as its Kalman filter
 * did.
 */
const MAX_GAIN_GROUPS = 60;
const TREND_GAIN = 4;
