// Hot path: no allocation per packet.
import type { Usage } from './overuse-detector.js';
import { ProbeMeasurement } from './probe-measurement.js';
import type { ReportedPacket } from './reported-packet.js';

/**
 * When to probe and how fast. A rate that the application does not use is known only after sending
 * at it: at the start, after a drop, from time to time while more is wanted than the estimate
 * allows, and when a large picture waits to be sent.
 */
export class ProbeController {
  /** The current cluster: its number 1-255, 0 for none, and its rate in bits per second. */
  cluster = 0;
  rate = 0;
  /** The cluster tests whether a path after an outage carries its previous rate again. */
  isRecovering = false;
  private startedAt = 0;
  private packets = 0;
  private bytes = 0;
  /** The cluster that is sent and not measured yet, 0 for none. */
  private pending = 0;
  private pendingUntil = 0;
  private lastCluster = 0;
  /** The rate of the next cluster; 0 for none. */
  private planned: number;
  /** Up to this rate a faster probe follows a successful one. */
  private ceiling: number;
  private wanted = 0;
  private probedAt = Number.NEGATIVE_INFINITY;
  /** Milliseconds until the next probe for the wanted rate. */
  private interval = INTERVAL;
  /** Whether the last cluster that was measured filled the path. */
  private hasFilledPath = false;
  /** The target before it dropped, 0 when there is nothing to recover. */
  private droppedFrom = 0;
  private isRecoveryDue = false;
  /** The target before the outage, 0 without one. */
  private cutFrom = 0;
  private normalSince = Number.POSITIVE_INFINITY;
  private readonly measurement = new ProbeMeasurement();

  /** `start` is the first target, bits per second. */
  constructor(start: number) {
    this.planned = START_FACTOR * start;
    this.ceiling = FURTHER_FACTOR * START_FACTOR * start;
  }

  /** The application would send this much if it were allowed; 0 when it has all it wants. */
  setWanted(bitsPerSecond: number): void {
    this.wanted = bitsPerSecond;
  }

  /** The target fell from `before`. */
  lowered(target: number, before: number): void {
    if (target < DROP * before) this.drop();
    this.droppedFrom = Math.max(this.droppedFrom, before);
  }

  /** The drop was unjustified: the previous rate is probed without a wait. */
  recover(): void {
    this.isRecoveryDue = true;
  }

  /** An outage begins; the target was this. It fades until packets arrive again. */
  cut(target: number): void {
    this.cutFrom = Math.max(this.cutFrom, target);
  }

  /**
   * Packets arrive again: the path most likely has its previous rate. If that cannot be measured
   * now, it is once the path is calm.
   */
  restored(): void {
    if (this.cutFrom === 0) return;
    this.planned = RECOVERY_SHARE * this.cutFrom;
    this.isRecovering = true;
    this.droppedFrom = Math.max(this.droppedFrom, this.cutFrom);
    this.cutFrom = this.cluster = this.pending = 0;
  }

  /**
   * Whether a cluster must begin now. Bits per second; `isLimited`: the application sends less than
   * the target; `isBacklogged`: media wait, with which a probe costs nothing.
   */
  begins(now: number, target: number, usage: Usage, isLimited: boolean, isBacklogged = false): boolean {
    if (usage !== 'normal') this.normalSince = Number.POSITIVE_INFINITY;
    else this.normalSince = Math.min(this.normalSince, now);
    if (this.cluster !== 0 || usage === 'overuse') return false;
    if (this.pending !== 0) {
      if (now < this.pendingUntil) return false;
      this.pending = 0;
    }
    // A plan that the target has exceeded must not block others.
    if (this.planned <= target) this.drop();
    if (this.planned === 0) this.plan(now, target, isLimited, isBacklogged);
    return this.planned > target;
  }

  /** When to call `begins` without another event: no feedback arrives where nothing is sent. */
  nextAt(target: number, now: number): number {
    if (this.wanted <= target * WORTHWHILE) return Number.POSITIVE_INFINITY;
    return Math.max(this.probedAt + this.wait, this.pending === 0 ? 0 : this.pendingUntil, now + RECHECK_TIME);
  }

  begin(now: number): void {
    this.lastCluster = this.cluster = (this.lastCluster % 255) + 1;
    this.rate = this.planned;
    this.planned = 0;
    this.startedAt = this.probedAt = now;
    this.packets = this.bytes = 0;
  }

  /** Bytes missing from the cluster at its rate. */
  due(now: number): number {
    const first = Math.min(FIRST_BYTES, (FIRST_TIME * this.rate) / 8000);
    return ((now - this.startedAt) * this.rate) / 8000 + first - this.bytes;
  }

  /** A packet left during the cluster. Ends the cluster when it is complete. */
  sent(size: number, now: number, roundTripTime: number): void {
    this.packets++;
    this.bytes += size;
    if (this.packets >= MIN_PACKETS && this.bytes >= (this.rate * DURATION) / 8000) this.end(now, roundTripTime);
  }

  /** Nothing more can be sent for the cluster; the packets that left are measured all the same. */
  end(now: number, roundTripTime: number): void {
    this.pending = this.cluster;
    this.isRecovering = false;
    this.pendingUntil = now + RESULT_TIME + roundTripTime;
    this.cluster = 0;
  }

  /** Whether the cluster exceeds its time for lack of packets. */
  isOverdue(now: number): boolean {
    return this.cluster !== 0 && now - this.startedAt > MAX_DURATION;
  }

  acknowledged(packet: Readonly<ReportedPacket>): void {
    if (packet.cluster === this.pending || packet.cluster === this.cluster) this.measurement.add(packet);
  }

  /**
   * Bits per second that the pending cluster measured; 0 for no new result. Plans the next cluster.
   */
  takeResult(target: number): number {
    if (this.pending === 0) return 0;
    // A run of media within the cluster leaves in no time: its arrival rate is no rate of the path.
    const result = Math.min(this.measurement.result(this.pending, this.packets, this.bytes), MAX_FACTOR * this.rate);
    if (result === 0) return 0;
    this.pending = 0;
    const ceiling = Math.max(this.ceiling, this.wanted);
    const isReached = result >= FURTHER_SHARE * this.rate;
    if (isReached && this.rate < ceiling) this.planned = Math.min(FURTHER_FACTOR * result, ceiling);
    this.hasFilledPath = !isReached && this.measurement.isSaturated;
    if (isReached) this.interval = INTERVAL;
    else this.interval = this.hasFilledPath ? failedInterval(target) : RETRY_INTERVAL;
    return result;
  }

  /** Whether more is wanted than the target allows. */
  isWanting(target: number): boolean {
    return this.wanted > target * WORTHWHILE;
  }

  /** The planned cluster is of no use any more. */
  private drop(): void {
    this.planned = 0;
    this.isRecovering = false;
  }

  /**
   * Milliseconds between probes. In an outage without other media, only probes show that the path
   * is back.
   */
  private get wait(): number {
    return this.cutFrom > 0 ? RETRY_INTERVAL : this.interval;
  }

  private plan(now: number, target: number, isLimited: boolean, isBacklogged: boolean): void {
    const calm = now - this.normalSince;
    if (this.droppedFrom > 0 && (calm >= RECOVERY_CALM || this.isRecoveryDue)) {
      this.isRecoveryDue = false;
      this.planned = RECOVERY_SHARE * this.droppedFrom;
      this.droppedFrom = 0;
      if (this.planned > target * WORTHWHILE) return;
      this.planned = 0;
    }
    if (calm < CALM) return;
    const since = now - this.probedAt;
    const faster = (isLimited ? FURTHER_FACTOR : BUSY_FACTOR) * target;
    if (this.wanted > target * WORTHWHILE && since >= this.wait)
      this.planned = Math.min(faster, this.wanted * HEADROOM);
    else if (isBacklogged && since >= (this.hasFilledPath ? this.wait : RETRY_INTERVAL)) this.planned = faster;
  }
}

/**
 * Milliseconds until the next probe of a path that the last one filled: other flows wait in the
 * queue that a probe causes.
 */
function failedInterval(target: number): number {
  const queue = (MIN_PACKETS * PACKET_BYTES * 8000) / target;
  return Math.min(Math.max(queue / MOST_TIME_SHARE, INTERVAL), LONGEST_INTERVAL);
}

/**
 * libwebrtc probes at three and six times its start bitrate, and further by two where a probe
 * reached a share of its rate: this one, because our probes of a busy path are not much faster than
 * the path.
 */
const START_FACTOR = 3;
const FURTHER_FACTOR = 2;
const FURTHER_SHARE = 0.85;
/** The largest result of a cluster, as a multiple of its own rate. */
const MAX_FACTOR = 2;
/** A path in full use has no room for more; this shows whether its rate has risen. */
const BUSY_FACTOR = 1.3;
/** Milliseconds of a cluster: libwebrtc's 15, and a timer's tick more; packets at least. */
const DURATION = 20;
const MIN_PACKETS = 5;
/** Milliseconds until a cluster that lacks packets ends. */
const MAX_DURATION = 100;
/** Milliseconds beyond a round trip within which the feedback about a cluster arrives. */
const RESULT_TIME = 500;
/**
 * Milliseconds between two probes for the wanted rate: two layers up within 15 s, if each needs
 * one.
 */
const INTERVAL = 5000;
/**
 * Milliseconds, and the share of time in which other flows may wait for failing probes: as often as
 * 500 kbit/s allow.
 */
const LONGEST_INTERVAL = 10_000;
const MOST_TIME_SHARE = 0.02;
const PACKET_BYTES = 1200;
/** A drop below this share of the target makes a planned probe useless. */
const DROP = 0.66;
/**
 * Milliseconds: the cluster did not leave at its rate, because the server was busy, and shows
 * nothing about a faster one.
 */
const RETRY_INTERVAL = 1000;
/** Milliseconds until the next check whether a due probe may begin. */
const RECHECK_TIME = 200;
/**
 * Bytes that leave at once, and milliseconds of the rate: a cluster that leaves all at once, as
 * some small packets would, has no rate.
 */
const FIRST_BYTES = PACKET_BYTES;
const FIRST_TIME = 10;
/** Milliseconds without overuse before a probe: the queue of the last one has drained. */
const CALM = 500;
/** As libwebrtc after a large drop, whose cause is often brief: most of the previous rate. */
const RECOVERY_SHARE = 0.85;
const RECOVERY_CALM = 2000;
/** The estimate's own increase finds any rate less than this far above the target. */
const WORTHWHILE = 1.05;
/** Above the wanted rate, because a probe measures a little less than it sends. */
const HEADROOM = 1.1;
