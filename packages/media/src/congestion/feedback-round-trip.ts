import type { ReportedPacket } from './reported-packet.js';

/**
 * The round-trip time from transport-wide feedback: how long ago the newest packet that it acknowledges left. The receiver
 * holds a feedback back for up to its interval, so the least of the last ones is nearest.
 */
export class FeedbackRoundTrip {
  /** Milliseconds, or a guess while unknown. */
  milliseconds = UNKNOWN;
  isKnown = false;
  private readonly samples = new Float64Array(SAMPLES).fill(Number.POSITIVE_INFINITY);
  private next = 0;
  /** When the newest packet left that the feedback in hand acknowledges. */
  private newestSent = Number.NEGATIVE_INFINITY;

  acknowledged({ sentAt }: Readonly<Pick<ReportedPacket, 'sentAt'>>): void {
    if (sentAt > this.newestSent) this.newestSent = sentAt;
  }

  /** All of a feedback has been acknowledged. */
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

/** libwebrtc's guess, cautious: less makes the rate rise faster. */
const UNKNOWN = 200;
/** Half a second to two seconds of feedback. */
const SAMPLES = 10;
