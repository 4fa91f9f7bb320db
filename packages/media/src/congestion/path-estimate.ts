// Hot path: no allocation per packet.
import { AcknowledgedBitrate } from './acknowledged-bitrate.js';
import { ApplicationLimited } from './application-limited.js';
import { ArrivalClock } from './arrival-clock.js';
import type { FeedbackReader } from './feedback-reader.js';
import { FeedbackRoundTrip } from './feedback-round-trip.js';
import { InterArrival } from './inter-arrival.js';
import { LossControl } from './loss-control.js';
import { OveruseDetector, type Usage } from './overuse-detector.js';
import { ProbeController } from './probe-controller.js';
import { MIN_RATE, RateControl } from './rate-control.js';
import { ReportedPacket } from './reported-packet.js';
import { type SentPackets, SentState } from './sent-packets.js';
import { StandingQueue } from './standing-queue.js';
import { Trendline } from './trendline.js';

/** The estimate of one receiver's path: combines the results of its parts for each feedback. */
export class PathEstimate {
  /** The rate of the path, bits per second. */
  target = START_BITRATE;
  usage: Usage = 'normal';
  packetsAcknowledged = 0;
  packetsLost = 0;
  readonly acknowledged = new AcknowledgedBitrate();
  readonly detector = new OveruseDetector();
  readonly loss = new LossControl();
  readonly roundTrip = new FeedbackRoundTrip();
  readonly application: ApplicationLimited;
  readonly queue = new StandingQueue();
  /**
   * Transport-wide numbers, 16 bit, first reported lost by the last feedback, without packets that
   * are merely late.
   */
  readonly lost = new Uint16Array(MAX_LOST);
  lostCount = 0;
  readonly probes = new ProbeController(START_BITRATE);
  private readonly clock = new ArrivalClock();
  private readonly groups = new InterArrival();
  private readonly trendline = new Trendline();
  private readonly rate: RateControl;
  private readonly packet = new ReportedPacket();
  /**
   * Feedback is missing, or was missing until then: losses of packets sent before are due to the
   * outage.
   */
  private isCut = false;
  private cutUntil = Number.NEGATIVE_INFINITY;

  constructor(now: number) {
    this.rate = new RateControl(START_BITRATE, now);
    this.application = new ApplicationLimited(now);
  }

  /**
   * Takes a feedback whose first packet has the extended number `base`. False when its time is
   * impossible.
   */
  receive(feedback: FeedbackReader, base: number, sent: SentPackets, now: number): boolean {
    this.lostCount = 0;
    const reference = this.clock.take(feedback.reference);
    if (reference < 0) return false;
    if (this.isCut) {
      this.cutUntil = now;
      this.probes.restored();
    }
    this.isCut = false;
    const isLimited = this.application.state(this, now);
    while (feedback.next()) {
      // The reader's clock advances with each arrival, also of packets that are no longer
      // remembered.
      const slot = sent.slot(base + feedback.index);
      if (slot < 0) continue;
      const state = sent.state(slot);
      if (state === SentState.Acknowledged || state === SentState.Repeated) continue;
      const { packet } = this;
      packet.sentAt = sent.sentAt(slot);
      packet.size = sent.size(slot);
      packet.cluster = sent.cluster(slot);
      if (!feedback.isReceived) {
        if (state === SentState.Lost) continue;
        sent.setState(slot, SentState.Lost);
        this.packetsLost++;
        const isOvertaken = feedback.index < feedback.count - OVERTAKING;
        if (isOvertaken && this.lostCount < MAX_LOST) this.lost[this.lostCount++] = base + feedback.index;
        if (packet.sentAt >= this.cutUntil) this.loss.add(packet, true);
        continue;
      }
      sent.setState(slot, SentState.Acknowledged);
      this.packetsAcknowledged++;
      if (state === SentState.Lost) {
        this.packetsLost--;
        if (packet.sentAt >= this.cutUntil) this.loss.retract();
      } else this.loss.add(packet, false);
      packet.arrivedAt = reference + feedback.ticks * TICK;
      this.arrive(now, isLimited);
    }
    this.roundTrip.end(now);
    this.update(now);
    return true;
  }

  /**
   * No feedback arrived for too long: the estimate fades. In an outage, the loss of everything
   * shows nothing about the rate of the path after it.
   */
  fade(now: number): void {
    this.isCut = true;
    // A queue from before is no reason to delay probes, which alone may show that the path is back.
    this.usage = 'normal';
    this.probes.cut(this.target);
    this.rate.lower(Math.max(this.target * FADE, MIN_RATE), now);
    this.target = Math.min(this.target, this.rate.target);
  }

  private arrive(now: number, isLimited: boolean): void {
    const { packet } = this;
    this.clock.arrived(packet);
    this.roundTrip.acknowledged(packet);
    this.acknowledged.add(packet, isLimited);
    this.queue.add(packet);
    if (packet.cluster !== 0) this.probes.acknowledged(packet);
    if (!this.groups.add(packet, now)) return;
    this.trendline.add(this.groups);
    this.detector.detect(this.trendline, this.groups);
  }

  private update(now: number): void {
    const acknowledged = this.acknowledged.bitsPerSecond;
    const before = this.target;
    this.usage = this.queue.isToDrain(now) ? 'overuse' : this.detector.usage;
    if (this.queue.hasGivenUp) this.probes.recover();
    const arriving = this.usage === 'overuse' ? Math.max(acknowledged, this.acknowledged.recent) : acknowledged;
    this.rate.update(this.usage, arriving, this.roundTrip.milliseconds, now);
    const probed = this.probes.takeResult(this.target);
    if (probed > this.rate.target && this.usage !== 'overuse') this.rate.set(probed, now);
    this.loss.update(acknowledged, this.rate.target, now);
    this.target = Math.max(MIN_RATE, Math.min(this.rate.target, this.loss.target));
    if (this.target < before) this.probes.lowered(this.target, before);
  }
}

/**
 * Bits per second. As mediasoup's: lowest layers of some videos and their sound; the first probe,
 * one round trip later, finds three times as much if the path carries it.
 */
export const START_BITRATE = 600_000;
/** Milliseconds: feedback counts in 250 µs. */
const TICK = 0.25;
/** A lost packet is retransmitted if at least this many others have overtaken it. */
const OVERTAKING = 3;
/** In one feedback: retransmissions cannot repair more. */
const MAX_LOST = 64;
/** libwebrtc's, for each interval without feedback. */
const FADE = 0.8;
