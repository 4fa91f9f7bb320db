import { TransportWideArrivals } from '../congestion/arrivals.js';
import type { Consumer } from '../forwarding/consumer.js';
import type { Producer } from '../forwarding/producer.js';
import type { RtpHeader } from '../rtp/header.js';
import type { TransportEnvironment } from './environment.js';

/** The parts of its transport that it needs. */
export interface RtcpTransport {
  readonly session: number;
  readonly isConnected: boolean;
  readonly canonicalName: string;
  readonly producers: ReadonlySet<Producer>;
  readonly consumers: ReadonlySet<Consumer>;
  packetsSent: number;
  bytesSent: number;
}

/**
 * The RTCP that one transport sends by itself: reports, requests to its publisher, transport-wide
 * feedback (docs/rtcp.md).
 */
export class OutgoingRtcp {
  /** Our SSRC in packets that belong to no consumer. */
  readonly ssrc: number;
  private readonly arrivals = new LazyArrivals();
  private lastMediaSsrc = 0;
  /** Deadlines, milliseconds. */
  private reportAt = Number.POSITIVE_INFINITY;
  private feedbackAt = Number.POSITIVE_INFINITY;
  private requestsAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly transport: RtcpTransport,
    private readonly environment: TransportEnvironment,
  ) {
    this.ssrc = environment.random32();
  }

  nextDeadline(): number {
    return Math.min(this.reportAt, this.feedbackAt, this.requestsAt);
  }

  advance(now: number): void {
    if (now >= this.feedbackAt) this.sendFeedback();
    if (now >= this.requestsAt) this.sendRequests(now);
    if (now >= this.reportAt) this.sendReports(now);
  }

  /** The transport is connected: reports are due from now on. */
  start(): void {
    if (this.reportAt !== Number.POSITIVE_INFINITY) return;
    this.reportAt = this.environment.now + REPORT_INTERVAL;
    this.environment.deadlines.wakeAt(this.transport.session, this.reportAt);
  }

  stop(): void {
    this.reportAt = this.feedbackAt = this.requestsAt = Number.POSITIVE_INFINITY;
  }

  /** A request to the publisher is due at this time at the latest. */
  requestBy(time: number): void {
    if (time >= this.requestsAt) return;
    this.requestsAt = time;
    this.environment.deadlines.wakeAt(this.transport.session, time);
  }

  /** A packet with this transport-wide sequence number arrived. */
  noteArrival(transportWide: number, header: RtpHeader): void {
    this.arrivals.get().arrive(transportWide, header);
    this.lastMediaSsrc = header.ssrc;
    if (this.feedbackAt !== Number.POSITIVE_INFINITY) return;
    this.feedbackAt = this.environment.now + FEEDBACK_INTERVAL;
    this.environment.deadlines.wakeAt(this.transport.session, this.feedbackAt);
  }

  private sendFeedback(): void {
    this.feedbackAt = Number.POSITIVE_INFINITY;
    if (!this.transport.isConnected) return;
    const queue = this.environment.sendQueue;
    for (let more = true; more; ) {
      const writer = queue.beginRtcp();
      more = this.arrivals.get().write(writer, this.ssrc, this.lastMediaSsrc, queue.rtcpRoom());
      this.end();
    }
  }

  /** NACKs and key frame requests to the publisher. */
  private sendRequests(now: number): void {
    this.requestsAt = Number.POSITIVE_INFINITY;
    if (!this.transport.isConnected) return;
    const queue = this.environment.sendQueue;
    for (const { streams } of this.transport.producers) {
      for (const stream of streams) {
        if (!stream) continue;
        stream.writeRequests(queue.beginRtcp(), this.ssrc, now, NACK_INTERVAL);
        this.end();
        this.requestBy(stream.nextAt());
      }
    }
  }

  /**
   * Report blocks about the peer's streams, sender reports of the streams to it (RFC 3550 section
   * 6.1). A peer without anything to report gets an empty receiver report more often: it takes
   * silence for a dead path, and may receive nothing else.
   */
  private sendReports(now: number): void {
    this.reportAt = now + REPORT_INTERVAL;
    if (!this.transport.isConnected) return;
    const queue = this.environment.sendQueue;
    const { packetsSent } = this.transport;
    const writer = queue.beginRtcp();
    let blocks = 0;
    for (const producer of this.transport.producers) {
      for (const stream of producer.streams) {
        if (!stream || stream.statistics.highest < 0) continue;
        if (blocks === MAX_REPORT_BLOCKS) {
          writer.endReport();
          this.end();
          queue.beginRtcp();
          blocks = 0;
        }
        if (blocks++ === 0) writer.beginReceiverReport(this.ssrc);
        stream.writeReportBlock(writer, now, producer.lossOfReceivers(now));
      }
    }
    if (blocks > 0) {
      writer.endReport();
      writer.canonicalName(this.ssrc, this.transport.canonicalName);
    }
    for (const consumer of this.transport.consumers) {
      if (!consumer.isActive) continue;
      if (queue.rtcpRoom() < MAX_SENDER_REPORT_BYTES) {
        this.end();
        queue.beginRtcp();
      }
      consumer.writeSenderReport(now);
    }
    this.end();
    if (this.transport.packetsSent !== packetsSent) return;
    this.reportAt = now + QUIET_INTERVAL;
    const empty = queue.beginRtcp();
    empty.beginReceiverReport(this.ssrc);
    empty.endReport();
    empty.canonicalName(this.ssrc, this.transport.canonicalName);
    this.end();
  }

  private end(): void {
    const length = this.environment.sendQueue.endRtcp(this.transport.session);
    if (length === 0) return;
    this.transport.packetsSent++;
    this.transport.bytesSent += length;
  }
}

/** Sixty kilobytes that only publishers' transports need. */
class LazyArrivals {
  private arrivals: TransportWideArrivals | undefined;

  get(): TransportWideArrivals {
    this.arrivals ??= new TransportWideArrivals();
    return this.arrivals;
  }
}

/** libwebrtc's interval is 50 to 250 ms; at the short end a sender's estimate rises fastest. */
const FEEDBACK_INTERVAL = 50;
/**
 * The usual interval of video. 5 s would suffice for sound, but synchronization after joining waits
 * for the first report.
 */
const REPORT_INTERVAL = 1000;
/**
 * Milliseconds between empty reports. Clients take three seconds of silence for a dead path: only
 * where a call is hardly possible are six reports in a row lost by chance.
 */
const QUIET_INTERVAL = 500;
/**
 * Milliseconds between two NACKs for one packet: near the shortest round trip of a distant peer;
 * browsers ignore repeated NACKs within their own.
 */
const NACK_INTERVAL = 40;
/** The count has five bits. */
const MAX_REPORT_BLOCKS = 31;
/** A sender report and a chunk with a CNAME of 255 characters, rounded up. */
const MAX_SENDER_REPORT_BYTES = 300;
