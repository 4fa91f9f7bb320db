import type { ReportedPacket } from './reported-packet.js';

/**
 * The round-trip time from transport-wide feedback: the time since the newest acknowledged packet
 * left. The receiver delays a feedback by up to its interval, so the least of the last values is
 * the most accurate.
 */
export class FeedbackRoundTrip {
  /** Milliseconds, or a guess while unknown. */
  milliseconds = UNKNOWN;
  isKnown = false;
  private readonly samples = new Float64Array(SAMPLES).fill(Number.POSITIVE_INFINITY);
  private next = 0;
  /** Sending time of the newest packet that the current feedback acknowledges. */
  private newestSent = Number.NEGATIVE_INFINITY;

  acknowledged({ sentAt }: Readonly<Pick<ReportedPacket, 'sentAt'>>): void {
    if (sentAt > this.newestSent) this.newestSent = sentAt;
  }

  /** The feedback is complete. */
  end(now: number): void {
    if (this.newestSent < 0) return;
    let least = now - this.newestSent;
    this.newestSent = Number.NEGATIVE_INFINITY;
    this.samples[this.next] = least;
    this.next = (this.next + 1) % SAMPLES;
    for (let i = 0; i < SAMPLES; i++) least = Math.min(least, this.samples[i]!);
    this.milliseconds = least;
    this.isKnown = true;
  }
}

/** libwebrtc's guess, which is cautious: with less the rate rises faster. */
const UNKNOWN = 200;
/** Half a second to two seconds of feedback. */
const SAMPLES = 10;
