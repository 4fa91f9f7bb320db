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
import { type SentPackets, SentState } from './sent-packets.js';
import { StandingQueue } from './standing-queue.js';
import { Trendline } from './trendline.js';

/** The estimate of one receiver's path: what each part of it finds in the feedback, put together. */
export class PathEstimate {
  /** What the path carries, bits per second. */
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
  readonly probes = new ProbeController(START_BITRATE);
  private readonly clock = new ArrivalClock();
  private readonly groups = new InterArrival();
  private readonly trendline = new Trendline();
  private readonly rate: RateControl;

  constructor(now: number) {
    this.rate = new RateControl(START_BITRATE, now);
    this.application = new ApplicationLimited(now);
  }

  /** Takes a feedback whose first packet has the extended number `base`. False when its time cannot be. */
  receive(feedback: FeedbackReader, base: number, sent: SentPackets, now: number): boolean {
    const reference = this.clock.take(feedback.reference);
    if (reference < 0) return false;
    const isLimited = this.application.state(this.target, now);
    let newestSent = Number.NEGATIVE_INFINITY;
    while (feedback.next()) {
      // The reader's clock goes on with each arrival, also of packets that are not remembered any more.
      const slot = sent.slot(base + feedback.index);
      if (slot < 0) continue;
      const state = sent.states[slot]!;
      if (state === SentState.Acknowledged || state === SentState.Repeated) continue;
      const sentAt = sent.sentAt[slot]!;
      const size = sent.sizes[slot]!;
      if (!feedback.isReceived) {
        if (state === SentState.Lost) continue;
        sent.states[slot] = SentState.Lost;
        this.packetsLost++;
        this.loss.add(sentAt, size, true);
        continue;
      }
      sent.states[slot] = SentState.Acknowledged;
      this.packetsAcknowledged++;
      if (state === SentState.Lost) {
        this.packetsLost--;
        this.loss.retract();
      } else this.loss.add(sentAt, size, false);
      const arrivedAt = reference + feedback.ticks * TICK;
      this.clock.arrived(arrivedAt);
      this.arrive(sentAt, arrivedAt, size, now, isLimited);
      if (sent.clusters[slot] !== 0) this.probes.acknowledged(sent.clusters[slot]!, sentAt, arrivedAt, size);
      newestSent = Math.max(newestSent, sentAt);
    }
    if (newestSent >= 0) this.roundTrip.add(now - newestSent);
    this.update(now);
    return true;
  }

  /** No feedback came for too long: what was known of the path fades. */
  fade(now: number): void {
    this.rate.lower(Math.max(this.target * FADE, MIN_RATE), now);
    this.target = Math.min(this.target, this.rate.target);
  }

  private arrive(sentAt: number, arrivedAt: number, size: number, now: number, isLimited: boolean): void {
    this.acknowledged.add(sentAt, arrivedAt, size, isLimited);
    this.queue.add(sentAt, arrivedAt);
    if (!this.groups.add(sentAt, arrivedAt, now)) return;
    const { sendDelta, arrivalDelta } = this.groups;
    this.trendline.add(arrivalDelta - sendDelta, arrivedAt);
    this.detector.detect(this.trendline.slope, this.trendline.groups, sendDelta, arrivedAt);
  }

  private update(now: number): void {
    const acknowledged = this.acknowledged.bitsPerSecond;
    const before = this.target;
    this.usage = this.queue.isToDrain(now) ? 'overuse' : this.detector.usage;
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
 * Bits per second. As mediasoup's: lowest layers of some videos and their sound; the first probe, one round trip later,
 * finds three times as much where there is as much.
 */
export const START_BITRATE = 600_000;
/** Milliseconds: feedback counts in 250 µs. */
const TICK = 0.25;
/** libwebrtc's, for each interval without feedback. */
const FADE = 0.8;
