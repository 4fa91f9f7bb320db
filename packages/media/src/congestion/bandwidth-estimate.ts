// Hot path: no allocation per packet.
import { extendSequenceNumber } from '../rtp/sequence.js';
import { FeedbackReader } from './feedback-reader.js';
import type { Usage } from './overuse-detector.js';
import { PathEstimate } from './path-estimate.js';
import type { ProbeController } from './probe-controller.js';
import { MIN_RATE } from './rate-control.js';
import { FIRST_NUMBER, SentPackets } from './sent-packets.js';

/**
 * How much one receiver's path carries (docs/congestion.md): from its transport-wide feedback, below its REMB. A receiver
 * that gives neither is not limited. Bits per second of RTP with headers and extensions; milliseconds.
 */
export class BandwidthEstimate {
  /** Feedback that was malformed, or reported what cannot be; it changed nothing. */
  feedbackRefused = 0;
  private readonly sentPackets = new SentPackets();
  private readonly reader = new FeedbackReader();
  private path: PathEstimate | undefined;
  /** The receiver's last REMB. */
  private ceiling = Number.POSITIVE_INFINITY;
  /** When feedback should have come at the latest. */
  private expectedAt = Number.POSITIVE_INFINITY;
  private isExpected = false;
  private isAnswered = false;
  /** Whether a cluster of probes may be under way. */
  private isProbing = false;
  /** Bytes that left since it was asked whether the application is limited. */
  private unnoted = 0;

  /** What may be sent, repeats among it; `Infinity` while nothing limits it. */
  target = Number.POSITIVE_INFINITY;

  /** Whether the path is estimated or capped. */
  get isLimited(): boolean {
    return this.path !== undefined || this.ceiling !== Number.POSITIVE_INFINITY;
  }

  /** What arrives; 0 while unknown. */
  get acknowledgedBitrate(): number {
    return this.path?.acknowledged.bitsPerSecond ?? 0;
  }

  get usage(): Usage {
    return this.path?.usage ?? 'normal';
  }

  /** Of the packets sent lately, by feedback, 0-1. */
  get lossRatio(): number {
    return this.path?.loss.lossRatio ?? 0;
  }

  /** Milliseconds that even the fastest of the last packets waited in a queue. */
  get standingQueue(): number {
    return this.path?.queue.delay ?? 0;
  }

  get packetsAcknowledged(): number {
    return this.path?.packetsAcknowledged ?? 0;
  }

  /** Reported lost, and not reported as received since. */
  get packetsLost(): number {
    return this.path?.packetsLost ?? 0;
  }

  /** Transport-wide numbers, 16 bit, that the last feedback was the first to report lost: the first `lostCount` of `lost`. */
  get lost(): Readonly<Uint16Array> | undefined {
    return this.path?.lost;
  }

  get lostCount(): number {
    return this.path?.lostCount ?? 0;
  }

  /**
   * Whether the path loses packets, not few and not most, without being used beyond its rate. What is sent for them then does
   * not make it worse, and is likely to come.
   */
  get losesByItself(): boolean {
    const { lossRatio } = this;
    const isFull = this.usage === 'overuse' || this.standingQueue >= SHORT_QUEUE;
    return !isFull && lossRatio > FEW_LOST && lossRatio < MANY_LOST;
  }

  get roundTripTime(): number | undefined {
    return this.path?.roundTrip.isKnown ? this.path.roundTrip.milliseconds : undefined;
  }

  /**
   * Undefined while what was sent first is not answered: what a probe finds might never be known. Where nothing was sent,
   * because nothing fits, probes are what there is to answer.
   */
  get probes(): ProbeController | undefined {
    if (this.isAnswered) return this.path?.probes;
    const isSilent = this.sentPackets.next === FIRST_NUMBER || this.path?.probes.cluster !== 0;
    return isSilent && this.path?.probes.isWanting(this.path.target) ? this.path.probes : undefined;
  }

  /** Bits per second that would be sent if the target allowed it; 0 when nothing more is wanted. */
  setWanted(bitsPerSecond: number): void {
    this.path?.probes.setWanted(bitsPerSecond);
  }

  /** Whether clearly less is sent than the target. The estimate does not rise by itself then. */
  isApplicationLimited(now: number): boolean {
    if (!this.path) return false;
    this.noteSent(this.path);
    return this.path.application.state(this.path, now);
  }

  /** The receiver announced transport-wide feedback: until the first comes, or does not, its path counts as an unknown one. */
  start(now: number): void {
    if (this.sentPackets.next === FIRST_NUMBER) this.path ??= new PathEstimate(now);
    this.setTarget();
  }

  /** A packet leaves now. Answers its transport-wide number, 16 bit. */
  sent(now: number, size: number): number {
    const sent = this.sentPackets;
    if (sent.next === FIRST_NUMBER) {
      this.start(now);
      this.expectBy(now + UNANSWERED_TIME);
    } else if (this.isAnswered && !this.isExpected) this.expectNext(now);
    if (this.path) this.unnoted += size;
    return sent.note(now, size, this.isProbing ? this.probeSent(now, size) : 0);
  }

  /** The probe that is due begins. */
  beginProbe(now: number): void {
    this.path?.probes.begin(now);
    this.isProbing = true;
  }

  /** A packet leaves once more, as it was, under the number it had. */
  repeated(transportWide: number): void {
    this.sentPackets.repeat(transportWide);
  }

  /** The receiver's REMB. */
  setCeiling(bitsPerSecond: number): void {
    this.ceiling = Math.max(bitsPerSecond, MIN_RATE);
    this.setTarget();
  }

  /** Takes a transport-wide feedback from behind both SSRCs. */
  feedback(bytes: Uint8Array, offset: number, length: number, now: number): void {
    if (!this.take(bytes, offset, length, now)) {
      this.feedbackRefused++;
      return;
    }
    this.isAnswered = this.sentPackets.isAnswered = true;
    this.expectBy(Number.POSITIVE_INFINITY);
  }

  /** When `advance` is due. */
  nextAt(): number {
    return this.expectedAt;
  }

  /** Feedback that was expected did not come. */
  advance(now: number): void {
    if (now < this.expectedAt) return;
    if (this.isAnswered) {
      this.path?.fade(now);
    } else {
      // As of every peer without this feedback, nothing is known of the path.
      this.path = undefined;
      this.unnoted = 0;
    }
    this.expectBy(Number.POSITIVE_INFINITY);
    this.setTarget();
  }

  private take(bytes: Uint8Array, offset: number, length: number, now: number): boolean {
    const { reader } = this;
    const { next } = this.sentPackets;
    if (next === FIRST_NUMBER || reader.begin(bytes, offset, length) !== undefined) return false;
    const base = extendSequenceNumber(next - 1, reader.base);
    // Nobody can have received what was never sent.
    if (base < FIRST_NUMBER || base + reader.count > next) return false;
    this.path ??= new PathEstimate(now);
    this.noteSent(this.path);
    const isTaken = this.path.receive(reader, base, this.sentPackets, now);
    this.setTarget();
    return isTaken;
  }

  private setTarget(): void {
    this.target = this.path ? Math.min(this.ceiling, this.path.target) : this.ceiling;
  }

  private expectNext(now: number): void {
    const roundTrip = this.path?.roundTrip;
    this.expectBy(now + FEEDBACK_TIME + (roundTrip?.isKnown ? 2 * roundTrip.milliseconds : 0));
  }

  private expectBy(time: number): void {
    this.expectedAt = time;
    this.isExpected = time !== Number.POSITIVE_INFINITY;
  }

  private noteSent(path: PathEstimate): void {
    path.application.sent(this.unnoted);
    this.unnoted = 0;
  }

  /** Counts a packet for the cluster under way, and answers its number; 0 for none. */
  private probeSent(now: number, size: number): number {
    const cluster = this.path?.probes.cluster ?? 0;
    if (cluster === 0) this.isProbing = false;
    else this.path!.probes.sent(size, now, this.path!.roundTrip.milliseconds);
    return cluster;
  }
}

/** Shares of packets lost: below, single losses are rare; above, repeats of everything would be more than their budget. */
const FEW_LOST = 0.01;
const MANY_LOST = 0.12;
/** Milliseconds: jitter makes the fastest of some packets wait less than that. */
const SHORT_QUEUE = 15;
/** Milliseconds after the first packet: three round trips of the longest path, by satellite. */
const UNANSWERED_TIME = 2000;
/** Milliseconds: receivers report every 50 to 250. */
const FEEDBACK_TIME = 1000;
