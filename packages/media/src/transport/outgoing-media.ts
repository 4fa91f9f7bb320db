// Hot path: no allocation per packet.
import type { Allocator } from '../allocation/allocator.js';
import type { TransportStats } from '../api/types.js';
import { BandwidthEstimate } from '../congestion/bandwidth-estimate.js';
import { ReportedLoss } from '../congestion/reported-loss.js';
import type { Consumer } from '../forwarding/consumer.js';
import { ResendBudget } from '../nack/resend-budget.js';
import { SentMedia } from '../nack/sent-media.js';
import { Pacer, type PacerExit } from '../pacing/pacer.js';
import { Prober, type ProbeSource } from '../pacing/prober.js';
import { NEXT_NUMBER, type OutgoingPacket } from '../port/outgoing-packet.js';
import { SendFlag } from '../port/packet-port.js';
import type { TransportEnvironment } from './environment.js';

/** The parts of its transport that it needs. */
export interface MediaTransport {
  readonly session: number;
  readonly isConnected: boolean;
  readonly consumers: ReadonlySet<Consumer>;
  readonly consumersBySsrc: ReadonlyMap<number, Consumer>;
  packetsSent: number;
  bytesSent: number;
}

/**
 * The outgoing media of one transport: through a pacer, at the estimated rate of the peer's path,
 * with probes of that rate.
 */
export class OutgoingMedia implements PacerExit, ProbeSource {
  /** The estimate of the peer's path. */
  readonly estimate = new BandwidthEstimate();
  readonly resendBudget: ResendBudget;
  /** For a peer that receives video. */
  allocator: Allocator | undefined;
  private readonly pacer: Pacer;
  private readonly prober = new Prober(this);
  /** The consumer whose packets last served as a probe. */
  private probedConsumer: Consumer | undefined;
  private isProbing = false;
  /** Streams whose packets were dropped after too long a wait: they continue with a key frame. */
  private readonly staleStreams = new Set<number>();
  /** Its last packets, on a path that loses some. */
  private sentMedia: SentMedia | undefined;
  /** Of a player that sends no other feedback. */
  private reportedLoss: ReportedLoss | undefined;
  /** The receiver sends REMB. */
  private hasMaximum = false;
  private pacedTarget = Number.POSITIVE_INFINITY;
  /** The target in the allocator's last notification, and its time. */
  private notifiedTarget = Number.POSITIVE_INFINITY;
  private notifiedAt = Number.NEGATIVE_INFINITY;
  /** Deadlines, milliseconds. */
  private paceAt = Number.POSITIVE_INFINITY;
  private probeAt = Number.POSITIVE_INFINITY;
  /** No probe before this time, milliseconds. */
  private probesFrom = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly transport: MediaTransport,
    private readonly environment: TransportEnvironment,
  ) {
    this.resendBudget = new ResendBudget(environment.now);
    this.pacer = new Pacer(this, environment.now);
  }

  /** Whether packets leave over TCP: then none is lost by the path. */
  setReliable(isReliable: boolean): void {
    this.estimate.setReliable(isReliable);
  }

  /** The transport is connected. */
  start(): void {
    // Media about to begin are the better probe.
    this.probesFrom = this.environment.now + FIRST_MEDIA_TIME;
    this.probe(this.environment.now);
  }

  stop(): void {
    this.paceAt = this.probeAt = Number.POSITIVE_INFINITY;
  }

  addConsumer(consumer: Consumer): void {
    if (!consumer.usesTransportWide || this.estimate.isLimited) return;
    this.estimate.start(this.environment.now);
    this.targetMayHaveChanged(this.environment.now);
  }

  /** Its packets still leave. */
  leaveSection(consumer: Consumer): void {
    if (this.probedConsumer === consumer) this.probedConsumer = undefined;
  }

  /** Drops the waiting packets of its streams. */
  removeConsumer(consumer: Consumer): void {
    this.leaveSection(consumer);
    this.pacer.forget(consumer.ssrc);
    if (consumer.rtxSsrc !== 0) this.pacer.forget(consumer.rtxSsrc);
  }

  /**
   * Sends the packet in `environment.outgoing`: at once, or when the pacer has room for it. When
   * it leaves, its transport-wide number replaces `NEXT_NUMBER`.
   */
  send(): void {
    const { outgoing, now } = this.environment;
    const isFree = (outgoing.flags & SendFlag.Audio) !== 0 || this.isProbing;
    const isPaced = this.estimate.isLimited || this.pacer.packetsQueued > 0;
    if (isFree || !isPaced || this.pacer.admits(now)) {
      this.depart(outgoing);
      return;
    }
    const isResend = (outgoing.flags & SendFlag.Rtx) !== 0 || outgoing.transportWide >= 0;
    this.pacer.queue(outgoing, isResend, now);
    this.wakePacer(now);
  }

  /**
   * The allocator would send this much (bits per second) if the estimate allowed it; 0 when nothing
   * more is wanted.
   */
  probeWanted(bitsPerSecond: number): void {
    const { now } = this.environment;
    this.estimate.setWanted(bitsPerSecond);
    this.probe(now);
  }

  /** A receiver report about this consumer has arrived. */
  reported(consumer: Consumer): void {
    if (!consumer.section || consumer.kind !== 'video' || consumer.usesTransportWide || this.hasMaximum) return;
    const { now } = this.environment;
    const { bytesSent } = this.transport;
    this.reportedLoss ??= new ReportedLoss(now, bytesSent);
    this.estimate.setCeiling(this.reportedLoss.report(consumer.fractionLost, bytesSent, now));
    this.targetMayHaveChanged(now);
  }

  /** The receiver's REMB. */
  maximumBitrate(bitsPerSecond: number): void {
    this.hasMaximum = true;
    this.estimate.setCeiling(bitsPerSecond);
    this.targetMayHaveChanged(this.environment.now);
  }

  /** Takes a transport-wide feedback, at `offset` of the arena, after both SSRCs. */
  transportFeedback(offset: number, length: number): void {
    const { now, port } = this.environment;
    this.estimate.feedback(port.arena, offset, length, now);
    if (this.estimate.lostCount > 0 && this.estimate.losesByItself) this.repeatLost();
    this.targetMayHaveChanged(now);
    this.probe(now);
  }

  nextDeadline(): number {
    return Math.min(this.paceAt, this.probeAt, this.estimate.nextAt());
  }

  advance(now: number): void {
    if (now >= this.estimate.nextAt()) {
      this.estimate.advance(now);
      this.targetMayHaveChanged(now);
    }
    if (now >= this.paceAt) {
      this.pacer.release(this.environment.outgoing, now);
      for (const ssrc of this.staleStreams) this.transport.consumersBySsrc.get(ssrc)?.restart();
      this.staleStreams.clear();
      this.wakePacer(now);
    }
    if (now >= this.probeAt) this.probe(now);
  }

  stats(): Omit<Partial<TransportStats>, 'id'> & Pick<TransportStats, MediaStat> {
    return {
      ...(this.estimate.target === Number.POSITIVE_INFINITY ? {} : { availableOutgoingBitrate: this.estimate.target }),
      ...(this.estimate.roundTripTime === undefined ? {} : { currentRoundTripTime: this.estimate.roundTripTime }),
      packetsLost: this.estimate.packetsLost,
      transportFeedbackRefused: this.estimate.feedbackRefused,
      packetsQueued: this.pacer.packetsQueued,
      packetsDelayed: this.pacer.packetsDelayed,
      totalPacketSendDelay: this.pacer.totalDelay,
      packetsDiscardedOnSend: this.pacer.packetsDropped,
    };
  }

  // ProbeSource and PacerExit

  sendProbe(): boolean {
    // Waiting media are the best probe.
    if (this.pacer.releaseOne(this.environment.outgoing, this.environment.now)) return true;
    const isFree = this.estimate.probes?.isRecovering ?? false;
    this.isProbing = true;
    const sent = this.probedConsumer?.retransmissions.sendProbe(isFree) || this.probeByAny(isFree);
    this.isProbing = false;
    return sent;
  }

  leave(packet: OutgoingPacket): void {
    this.depart(packet);
    if (packet.flags & SendFlag.Repeatable) {
      this.transport.consumersBySsrc.get(packet.ssrc)?.retransmissions.departed(packet);
    }
  }

  holds(position: number): boolean {
    return this.environment.store.holds(position);
  }

  isBeginning(ssrc: number): boolean {
    const { now } = this.environment;
    return now - (this.transport.consumersBySsrc.get(ssrc)?.begunAt ?? Number.NEGATIVE_INFINITY) < BEGINNING;
  }

  stale(ssrc: number): void {
    // Not at once: a producer may be forwarding to its consumers at the moment.
    this.staleStreams.add(ssrc);
    this.wakePacer(this.environment.now);
  }

  private depart(packet: OutgoingPacket): void {
    const { now, sendQueue, store } = this.environment;
    const size = packet.flags & SendFlag.Rtx ? packet.length + RTX_HEADER_BYTES : packet.length;
    const isNumbered = packet.transportWide >= 0;
    if (isNumbered) this.estimate.repeated(packet.transportWide);
    else if (packet.transportWide === NEXT_NUMBER) {
      packet.transportWide = this.estimate.sent(now, size);
      const isRepeat = (packet.flags & SendFlag.Rtx) !== 0;
      if (this.sentMedia && !isRepeat) this.sentMedia.note(packet.transportWide, packet.ssrc, packet.sequenceNumber);
    }
    this.pacer.left(size, now);
    sendQueue.rtp(this.transport.session, store.arenaOffset(packet.position), packet);
    this.transport.packetsSent++;
    this.transport.bytesSent += packet.length;
  }

  /** Retransmits the packets that the last feedback reports lost and no NACK has requested. */
  private repeatLost(): void {
    const { estimate, transport } = this;
    this.sentMedia ??= new SentMedia();
    for (let i = 0; i < estimate.lostCount; i++) {
      const ssrc = this.sentMedia.find(estimate.lost![i]!);
      const consumer = ssrc === 0 ? undefined : transport.consumersBySsrc.get(ssrc);
      if (consumer?.isActive) consumer.retransmissions.repeatLost(this.sentMedia.sequenceNumber);
    }
  }

  private probeByAny(isFree: boolean): boolean {
    for (const consumer of this.transport.consumers) {
      if (!consumer.retransmissions.sendProbe(isFree)) continue;
      this.probedConsumer = consumer;
      return true;
    }
    return false;
  }

  /** Starts or continues a due probe. */
  private probe(now: number): void {
    const { estimate } = this;
    const { probes, target } = estimate;
    this.probeAt = Number.POSITIVE_INFINITY;
    if (!probes || !this.transport.isConnected) return;
    if (now < this.probesFrom) this.probeAt = this.probesFrom;
    else {
      const isBacklogged = this.pacer.delay(now) > LARGE_DELAY;
      const isLimited = estimate.isApplicationLimited(now);
      if (probes.begins(now, target, estimate.usage, isLimited, isBacklogged)) estimate.beginProbe(now);
      if (probes.cluster !== 0) {
        this.prober.advance(probes, estimate.roundTripTime ?? 0, now);
        this.wakePacer(now);
      }
      this.probeAt = probes.cluster !== 0 ? this.prober.at : probes.nextAt(target, now);
    }
    if (this.probeAt !== Number.POSITIVE_INFINITY)
      this.environment.deadlines.wakeAt(this.transport.session, this.probeAt);
  }

  private wakePacer(now: number): void {
    this.paceAt = this.staleStreams.size > 0 ? now : this.pacer.nextAt(now);
    if (this.paceAt !== Number.POSITIVE_INFINITY)
      this.environment.deadlines.wakeAt(this.transport.session, this.paceAt);
  }

  private targetMayHaveChanged(now: number): void {
    const { target } = this.estimate;
    if (target !== this.pacedTarget) {
      this.pacedTarget = target;
      this.pacer.setTarget(target, now);
      this.wakePacer(now);
    }
    if (target === this.notifiedTarget) return;
    const isLarge = !(Math.abs(target - this.notifiedTarget) <= NOTABLE_CHANGE * this.notifiedTarget);
    if (!isLarge && now - this.notifiedAt < NOTIFY_INTERVAL) return;
    this.notifiedTarget = target;
    this.notifiedAt = now;
    this.allocator?.estimateChanged(now);
  }
}

type MediaStat =
  | 'packetsLost'
  | 'transportFeedbackRefused'
  | 'packetsQueued'
  | 'packetsDelayed'
  | 'totalPacketSendDelay'
  | 'packetsDiscardedOnSend';

/** The number of the original packet (RFC 4588 section 4). */
const RTX_HEADER_BYTES = 2;
/**
 * Milliseconds that media wait in the pacer: longer than for a camera's pictures, shorter than for
 * the first one of a screen.
 */
const LARGE_DELAY = 200;
/** Milliseconds after connecting. */
const FIRST_MEDIA_TIME = 100;
/**
 * Share of change of the target at which the allocator is notified at once, and milliseconds
 * between notifications of smaller changes.
 */
const NOTABLE_CHANGE = 0.03;
const NOTIFY_INTERVAL = 200;

/**
 * Milliseconds that a stream has for its first picture: a page of text has 100 to 150 kB, a second
 * and a half of a path of 800 kbit/s.
 */
const BEGINNING = 3000;
