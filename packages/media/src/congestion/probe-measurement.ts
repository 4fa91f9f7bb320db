// Hot path: no allocation per packet.
import type { ReportedPacket } from './reported-packet.js';

/**
 * The result of one probe cluster, packets sent at a known rate (libwebrtc's probe bitrate
 * estimator).
 */
export class ProbeMeasurement {
  private cluster = 0;
  private packets = 0;
  private bytes = 0;
  private firstSent = 0;
  private lastSent = 0;
  /**
   * Bytes of the packets sent last, which the sending rate does not include; likewise for the first
   * arrival.
   */
  private lastSentBytes = 0;
  private firstArrival = 0;
  private firstArrivalBytes = 0;
  private lastArrival = 0;
  /**
   * For the last result: whether the path was slower than the cluster, so that a faster one would
   * show no more.
   */
  isSaturated = false;

  add({ cluster, sentAt, arrivedAt, size }: Readonly<ReportedPacket>): void {
    if (cluster !== this.cluster) {
      this.cluster = cluster;
      this.packets = this.bytes = this.lastSentBytes = this.firstArrivalBytes = 0;
      this.firstSent = this.firstArrival = Number.POSITIVE_INFINITY;
      this.lastSent = this.lastArrival = Number.NEGATIVE_INFINITY;
    }
    this.packets++;
    this.bytes += size;
    this.firstSent = Math.min(this.firstSent, sentAt);
    if (sentAt > this.lastSent) {
      this.lastSent = sentAt;
      this.lastSentBytes = size;
    } else if (sentAt === this.lastSent) this.lastSentBytes += size;
    if (arrivedAt < this.firstArrival) {
      this.firstArrival = arrivedAt;
      this.firstArrivalBytes = size;
    }
    this.lastArrival = Math.max(this.lastArrival, arrivedAt);
  }

  /**
   * Bits per second that the path carries at least, or 0 while too little of this cluster's packets
   * has arrived.
   */
  result(cluster: number, packetsSent: number, bytesSent: number): number {
    if (cluster !== this.cluster) return 0;
    if (this.packets < MIN_ARRIVED * packetsSent || this.bytes < MIN_ARRIVED * bytesSent) return 0;
    const sendTime = this.lastSent - this.firstSent;
    const arrivalTime = this.lastArrival - this.firstArrival;
    if (sendTime <= 0 || sendTime > MAX_TIME || arrivalTime > MAX_TIME) return 0;
    const sendRate = ((this.bytes - this.lastSentBytes) * 8000) / sendTime;
    // Arrivals at one instant prove nothing beyond the sending rate.
    const arrivalRate = arrivalTime <= 0 ? sendRate : ((this.bytes - this.firstArrivalBytes) * 8000) / arrivalTime;
    this.isSaturated = arrivalRate < UNSATURATED_RATIO * sendRate;
    if (arrivalRate > MAX_RATIO * sendRate) return sendRate * SATURATED_SHARE;
    if (this.isSaturated) return SATURATED_SHARE * arrivalRate;
    return Math.min(sendRate, arrivalRate);
  }
}

/** Share of a cluster that must arrive. */
const MIN_ARRIVED = 0.8;
/** Milliseconds: a cluster takes some twenty. */
const MAX_TIME = 1000;
/** Arrival at twice the sending rate means a queue on the way that stopped and ran. */
const MAX_RATIO = 2;
/**
 * Below this share of the sending rate the probe filled the path and measured its rate; a little
 * less lets it drain.
 */
const UNSATURATED_RATIO = 0.9;
const SATURATED_SHARE = 0.95;
