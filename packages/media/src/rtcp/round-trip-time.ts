/** Round-trip time to one receiver, from its report blocks about our sender reports (RFC 3550 section 6.4.1). */
export class RoundTripTime {
  /** Smoothed; a guess before the first measurement. */
  milliseconds = UNKNOWN_MS;
  isKnown = false;
  private readonly reports = new Uint32Array(REPORTS);
  private readonly sentAt = new Float64Array(REPORTS);
  private next = 0;

  /** Records a sender report by the middle 32 bits of its NTP time. */
  reportSent(compactNtp: number, now: number): void {
    this.reports[this.next] = compactNtp;
    this.sentAt[this.next] = now;
    this.next = (this.next + 1) % REPORTS;
  }

  /** `lastSenderReport` and `delay` (1/65536 s) are fields of the report block. */
  measure(lastSenderReport: number, delay: number, now: number): void {
    if (lastSenderReport === 0) return;
    for (let i = 0; i < REPORTS; i++) {
      if (this.reports[i] !== lastSenderReport) continue;
      const measured = now - this.sentAt[i]! - (delay * 1000) / 65536;
      if (measured < 0 || measured > MAX_MS) return;
      this.milliseconds = this.isKnown ? this.milliseconds + (measured - this.milliseconds) / 8 : measured;
      this.isKnown = true;
      return;
    }
  }
}

/** A receiver's report refers to one of our last few reports. */
const REPORTS = 4;
/** Typical of a mobile network; only used until the first report. */
const UNKNOWN_MS = 50;
/** A larger value means that the peer lies or slept. */
const MAX_MS = 10_000;
