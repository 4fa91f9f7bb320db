/**
 * The rate for a path of which only receiver reports are known: players that offer neither
 * transport-wide feedback nor REMB. Bits per second; milliseconds.
 */
export class ReportedLoss {
  /** `Infinity` until much was lost. */
  private rate = Number.POSITIVE_INFINITY;

  constructor(
    private at: number,
    /** Sent until then. */
    private bytes: number,
  ) {}

  /** A report of video: the share lost since the last one, 0-1. Answers the rate. */
  report(fractionLost: number, bytesSent: number, now: number): number {
    const seconds = (now - this.at) / 1000;
    if (seconds < SHORTEST_INTERVAL) return this.rate;
    const sent = ((bytesSent - this.bytes) * 8) / seconds;
    this.at = now;
    this.bytes = bytesSent;
    if (fractionLost > HIGH) this.rate = Math.max(Math.min(this.rate, sent) * (1 - fractionLost / 2), LOWEST_RATE);
    else if (fractionLost < LOW) this.rate *= GROWTH ** Math.min(seconds, LONGEST_GROWTH);
    if (this.rate > UNLIMITED) this.rate = Number.POSITIVE_INFINITY;
    return this.rate;
  }
}

/** The shares and the growth of the loss-based part of GCC (draft-ietf-rmcat-gcc-02 section 6). */
const HIGH = 0.1;
const LOW = 0.02;
/** In a second. */
const GROWTH = 1.08;
/** Seconds; reports after longer times say too little about the time between. */
const LONGEST_GROWTH = 5;
const SHORTEST_INTERVAL = 0.2;
/** Sound and the lowest layer of a picture. */
const LOWEST_RATE = 150_000;
/** More than the best layers of a picture take. */
const UNLIMITED = 20_000_000;
