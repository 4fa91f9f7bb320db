import { RoundTripTime } from '../rtcp/round-trip-time.js';
import type { ForwardingEnvironment } from './environment.js';
import type { ForwardedRun } from './forwarded-run.js';

/** The stream of one receiver, as its reports describe it. */
export interface ReportedConsumer {
  /** As int32. */
  readonly ssrc: number;
  readonly clockRate: number;
  readonly canonicalName: string;
  readonly packetsSent: number;
  /** Payload bytes. */
  readonly bytesSent: number;
  /** Set for a section that different publishers fill, one after the other. */
  readonly section?: unknown;
}

/** The reports between a consumer and its receiver (RFC 3550 section 6.4). */
export class ConsumerReports {
  /** From the receiver's last report, 0-1. */
  fractionLost = 0;
  readonly roundTripTime = new RoundTripTime();
  private reportedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly consumer: ReportedConsumer,
    private readonly environment: ForwardingEnvironment,
  ) {}

  /** The receiver has sent a report block. `fractionLost`: of 256. */
  received(fractionLost: number, lastSenderReport: number, delay: number): void {
    this.fractionLost = fractionLost / 256;
    this.reportedAt = this.environment.now;
    this.roundTripTime.measure(lastSenderReport, delay, this.environment.now);
  }

  /** 0 without a recent report of the receiver. */
  recentFractionLost(now: number): number {
    return now - this.reportedAt <= REPORT_LIFETIME ? this.fractionLost : 0;
  }

  /**
   * Writes a sender report that maps this receiver's timestamps to the publisher's clock (RFC 3550
   * section 6.4.1), and the CNAME, if there is something to report.
   */
  writeSenderReport(run: ForwardedRun | undefined, lastSentAt: number, now: number): void {
    const stream = run?.stream;
    if (!stream?.isMapped || now - lastSentAt > SILENCE) return;
    const elapsed = now - stream.reportedAt;
    if (this.consumer.section !== undefined) {
      this.writeByOwnClock(run!, elapsed, now);
      return;
    }
    const fraction = (stream.reportNtpLow >>> 0) + (elapsed / 1000) * 2 ** 32;
    const ntpHigh = ((stream.reportNtpHigh >>> 0) + Math.floor(fraction / 2 ** 32)) >>> 0;
    const ntpLow = Math.floor(fraction % 2 ** 32);
    this.write(run!, elapsed, ntpHigh, ntpLow, now);
  }

  /**
   * The publishers of a section have clocks of their own. Sound and picture of each are in
   * accordance as far as their reports travel equally long.
   */
  private writeByOwnClock(run: ForwardedRun, elapsed: number, now: number): void {
    const seconds = Math.floor(now / 1000);
    this.write(run, elapsed, seconds >>> 0, Math.floor((now / 1000 - seconds) * 2 ** 32), now);
  }

  private write(run: ForwardedRun, elapsed: number, ntpHigh: number, ntpLow: number, now: number): void {
    const { ssrc, clockRate, canonicalName, packetsSent, bytesSent } = this.consumer;
    const timestamp = run.stream!.reportTimestamp + Math.round((elapsed * clockRate) / 1000) - run.timestampShift;
    const writer = this.environment.sendQueue.rtcp;
    writer.senderReport(ssrc, ntpHigh, ntpLow, timestamp | 0, packetsSent, bytesSent);
    writer.canonicalName(ssrc, canonicalName);
    this.roundTripTime.reportSent(((ntpHigh & 0xffff) << 16) | (ntpLow >>> 16), now);
  }
}

/**
 * Milliseconds. RFC 3550 section 6.4: a source that sent nothing in the last two report intervals
 * sends no sender report.
 */
const SILENCE = 2000;
/** Milliseconds: two of the longest intervals at which browsers report about sound. */
const REPORT_LIFETIME = 10_000;
