// Hot path: no allocation per packet.
import { extendSequenceNumber } from '../rtp/sequence.js';
import { FeedbackReader } from './feedback-reader.js';
import type { Usage } from './overuse-detector.js';
import { PathEstimate } from './path-estimate.js';
import type { ProbeController } from './probe-controller.js';
import { MIN_RATE } from './rate-control.js';
import { FIRST_NUMBER, SentPackets } from './sent-packets.js';

/**
 * The rate of one receiver's path (docs/congestion.md): from its transport-wide feedback, below its
 * REMB. A receiver that gives neither is not limited. Bits per second of RTP with headers and
 * extensions; milliseconds.
 */
export class BandwidthEstimate {
  /** Feedback that was malformed or reported something impossible; it changed nothing. */
  feedbackRefused = 0;
  private readonly sentPackets = new SentPackets();
  private readonly reader = new FeedbackReader();
  private path: PathEstimate | undefined;
  /** The receiver's last REMB. */
  private ceiling = Number.POSITIVE_INFINITY;
  /** When the next feedback is due at the latest. */
  private expectedAt = Number.POSITIVE_INFINITY;
  private isExpected = false;
  private isAnswered = false;
  /** Whether a cluster of probes may be under way. */
  private isProbing = false;
  /** The path is a TCP connection. */
  private isReliable = false;
  /** Bytes that left since the last check whether the application is limited. */
  private unnoted = 0;

  /** The rate that may be sent, including retransmissions; `Infinity` while nothing limits it. */
  target = Number.POSITIVE_INFINITY;

  /** Whether the path is estimated or capped. */
  get isLimited(): boolean {
    return this.path !== undefined || this.ceiling !== Number.POSITIVE_INFINITY;
  }

  /** The arriving rate; 0 while unknown. */
  get acknowledgedBitrate(): number {
    return this.path?.acknowledged.bitsPerSecond ?? 0;
  }

  get usage(): Usage {
    return this.path?.usage ?? 'normal';
  }

  /** The share of the recently sent packets that was lost, by feedback, 0-1. */
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

  /** Packets reported lost and not reported received since. */
  get packetsLost(): number {
    return this.path?.packetsLost ?? 0;
  }

  /**
   * Transport-wide numbers, 16 bit, first reported lost by the last feedback: the first `lostCount`
   * of `lost`.
   */
  get lost(): Readonly<Uint16Array> | undefined {
    return this.path?.lost;
  }

  get lostCount(): number {
    return this.path?.lostCount ?? 0;
  }

  /**
   * Whether the path loses packets, not few and not most, without being used beyond its rate.
   * Retransmissions then do not make it worse, and are likely to arrive. TCP loses none by itself:
   * a missing packet is one that our own queue dropped.
   */
  get losesByItself(): boolean {
    const { lossRatio } = this;
    const isFull = this.usage === 'overuse' || this.standingQueue >= SHORT_QUEUE;
    return !this.isReliable && !isFull && lossRatio > FEW_LOST && lossRatio < MANY_LOST;
  }

  get roundTripTime(): number | undefined {
    return this.path?.roundTrip.isKnown ? this.path.roundTrip.milliseconds : undefined;
  }

  /**
   * Undefined while the first packets are unanswered: the result of a probe might never be known.
   * If nothing was sent, because nothing fits, only probes can be answered.
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

  /** Whether clearly less is sent than the target. The estimate then does not rise by itself. */
  isApplicationLimited(now: number): boolean {
    if (!this.path) return false;
    this.noteSent(this.path);
    return this.path.application.state(this.path, now);
  }

  /**
   * The receiver announced transport-wide feedback: until the first arrives, or is overdue, its
   * path counts as unknown.
   */
  start(now: number): void {
    if (this.sentPackets.next === FIRST_NUMBER) this.path ??= this.newPath(now);
    this.setTarget();
  }

  /** Whether the path is a TCP connection, where each missing packet shows too high a rate. */
  setReliable(isReliable: boolean): void {
    this.isReliable = isReliable;
    if (this.path) this.path.loss.isReliable = isReliable;
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

  /** The due probe begins. */
  beginProbe(now: number): void {
    this.path?.probes.begin(now);
    this.isProbing = true;
  }

  /** A packet leaves once more, unchanged, under its number. */
  repeated(transportWide: number): void {
    this.sentPackets.repeat(transportWide);
  }

  /** The receiver's REMB. */
  setCeiling(bitsPerSecond: number): void {
    this.ceiling = Math.max(bitsPerSecond, MIN_RATE);
    this.setTarget();
  }

  /** Takes a transport-wide feedback, after both SSRCs. */
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

  /** An expected feedback did not arrive. */
  advance(now: number): void {
    if (now < this.expectedAt) return;
    if (this.isAnswered) {
      this.path?.fade(now);
    } else {
      // As for every peer without this feedback, nothing is known about the path.
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
    // A peer cannot have received packets that were never sent.
    if (base < FIRST_NUMBER || base + reader.count > next) return false;
    this.path ??= this.newPath(now);
    this.noteSent(this.path);
    const isTaken = this.path.receive(reader, base, this.sentPackets, now);
    this.setTarget();
    return isTaken;
  }

  private newPath(now: number): PathEstimate {
    const path = new PathEstimate(now);
    path.loss.isReliable = this.isReliable;
    return path;
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

  /** Counts a packet for the current cluster, and answers its number; 0 for none. */
  private probeSent(now: number, size: number): number {
    const cluster = this.path?.probes.cluster ?? 0;
    if (cluster === 0) this.isProbing = false;
    else this.path!.probes.sent(size, now, this.path!.roundTrip.milliseconds);
    return cluster;
  }
}

/**
 * Shares of lost packets: below the first, losses are rare; above the second, retransmitting all
 * would exceed the budget.
 */
const FEW_LOST = 0.01;
const MANY_LOST = 0.12;
/** Milliseconds: with jitter alone the fastest of some packets waits less than that. */
const SHORT_QUEUE = 15;
/** Milliseconds after the first packet: three round trips of the longest path, by satellite. */
const UNANSWERED_TIME = 2000;
/** Milliseconds: receivers report every 50 to 250. */
const FEEDBACK_TIME = 1000;
