// Hot path: no allocation per packet.
// Beyond 400 lines because it holds the numbers of one receiver, which every decision about a
// packet changes.
import type { ConsumerParameters, ConsumerStats, MediaKind, RtpParameters } from '../api/types.js';
import { baseLayerIndexOf, hasBaseLayerIndex } from '../codecs/frame-details.js';
import type { FrameInfo } from '../codecs/frame-info.js';
import { NEXT_NUMBER, NO_NUMBER, type OutgoingPacket } from '../port/outgoing-packet.js';
import { SendFlag } from '../port/packet-port.js';
import { SoundReception } from '../quality/sound-reception.js';
import { FIRST_INTERVAL } from '../rtcp/key-frame-requests.js';
import type { RoundTripTime } from '../rtcp/round-trip-time.js';
import type { RtpHeader } from '../rtp/header.js';
import { firstExtended } from '../rtp/sequence.js';
import { payloadLength, TRANSPORT_WIDE_OFFSET } from '../store/packet-store.js';
import { consumerFormat } from './consumer-format.js';
import { ConsumerKeyFrames } from './consumer-key-frames.js';
import { ConsumerRedundancy } from './consumer-redundancy.js';
import { ConsumerReports } from './consumer-reports.js';
import { type ConsumerSource, NO_STREAM, type SourceConsumer } from './consumer-source.js';
import type { ConsumerTransport } from './consumer-transport.js';
import type { ForwardingEnvironment } from './environment.js';
import { type ForwardedRun, ForwardedRuns } from './forwarded-run.js';
import { patchFrame } from './frame-patch.js';
import { isOfTakenFrame, isSelected } from './late-frame.js';
import { LayerSelector } from './layer-selector.js';
import type { ProducerStream } from './producer-stream.js';
import { type RepeatableConsumer, Retransmissions } from './retransmissions.js';
import type { LastSent, Section } from './section.js';
import { TimestampLine } from './timestamp-line.js';

/**
 * One receiver's copy of a producer: selects its packets, and renumbers them so that the receiver
 * sees one unbroken stream.
 */
export class Consumer implements SourceConsumer, RepeatableConsumer {
  // The state that each packet uses lies together: hundreds of consumers compete for the
  // processor's caches.
  /** The current run, or the last one. */
  private run: ForwardedRun | undefined;
  private highestIncoming = -1;
  lastOutgoing: number;
  lastTimestamp = 0;
  /** It waits for a switch point to higher layers that are wanted. */
  private awaitsSwitchPoint = false;
  /** Selects the layers of the stream; of video only. */
  private readonly selector: LayerSelector | undefined;
  /** As int32. */
  readonly ssrc: number;
  /** Bits of `SendFlag` on each of its packets. */
  private readonly flags: number;
  private readonly payloadType: number;
  readonly usesTransportWide: boolean;
  /** For receivers that take RED. */
  readonly redundancy: ConsumerRedundancy | undefined;
  packetsSent = 0;
  /** Payload bytes. */
  bytesSent = 0;
  private lastSentAt = Number.NEGATIVE_INFINITY;

  readonly kind: MediaKind;
  readonly rtxSsrc: number;
  readonly clockRate: number;
  readonly canonicalName: string;
  paused: boolean;
  /** Set by its source: the transport is connected, neither side paused. */
  isActive = false;
  /**
   * Its receiver can take packets at once: it resumed the consumer, or connects after this one was
   * created. Earlier packets would be lost.
   */
  isExpected: boolean;
  isClosed = false;
  private readonly reports: ConsumerReports;
  /** Of sound only. */
  readonly reception: SoundReception | undefined;
  /** Opus with in-band forward error correction. */
  private readonly hasFec: boolean;
  readonly retransmissions: Retransmissions;
  private readonly keyFrames: ConsumerKeyFrames;
  /** The target layers, as far as they arrive; a spatial layer of -1: nothing. */
  readonly target = { spatial: HIGHEST, temporal: HIGHEST };
  /**
   * Kept by its source: the index of the stream that it forwards, and of the one whose key frame
   * it waits for.
   */
  forwarded = NO_STREAM;
  awaited = NO_STREAM;
  readonly runs = new ForwardedRuns();
  /** When the run began, with a key frame or at a switch point. Milliseconds. */
  begunAt = Number.NEGATIVE_INFINITY;
  private readonly timestamps: TimestampLine;
  /**
   * Until then higher layers may begin at a switch point; later they need a key frame.
   * Milliseconds.
   */
  private riseBy = 0;
  private pliCount = 0;
  /** What the consumer before in its section has sent. */
  private followed: LastSent | undefined;

  constructor(
    readonly id: string,
    readonly source: ConsumerSource,
    readonly transport: ConsumerTransport,
    readonly rtpParameters: RtpParameters,
    paused: boolean,
    private readonly environment: ForwardingEnvironment,
    /** The media section that it fills, of a receiver that made the offer. */
    readonly section?: Section<Consumer>,
  ) {
    const format = consumerFormat(rtpParameters);
    this.kind = source.kind;
    this.paused = paused;
    this.selector = source.kind === 'video' ? new LayerSelector() : undefined;
    this.isExpected = !transport.isConnected || section !== undefined;
    this.ssrc = format.ssrc;
    this.rtxSsrc = format.rtxSsrc;
    this.payloadType = format.payloadType;
    this.clockRate = format.clockRate;
    this.usesTransportWide = format.usesTransportWide;
    this.canonicalName = format.canonicalName;
    // Random first numbers (RFC 3550 section 5.1); the lower half, so that the loss of the first
    // packets never hides a wrap from the receiver's SRTP, which could decrypt nothing more (RFC 3711
    // section 3.3.1).
    this.lastOutgoing = firstExtended(environment.random32() & 0x7fff);
    this.reports = new ConsumerReports(this, environment);
    this.retransmissions = new Retransmissions(
      this,
      { payloadType: format.rtxPayloadType, ssrc: this.rtxSsrc, nack: format.nack },
      environment,
    );
    if (format.redPayloadType >= 0) {
      this.redundancy = new ConsumerRedundancy(this.payloadType, format.redPayloadType, environment);
    }
    this.hasFec = format.inbandFec;
    this.reception = source.kind === 'audio' ? new SoundReception() : undefined;
    this.keyFrames = new ConsumerKeyFrames(source);
    this.timestamps = new TimestampLine(this.clockRate);
    this.flags =
      SendFlag.Rtp |
      (this.kind === 'audio' ? SendFlag.Audio : 0) |
      (this.retransmissions.repeatsSamePacket ? SendFlag.Repeatable : 0);
  }

  parameters(): ConsumerParameters {
    return {
      id: this.id,
      producerId: this.source.id,
      kind: this.kind,
      rtpParameters: this.rtpParameters,
      producerPaused: this.source.paused,
    };
  }

  /** Sets the target layers; a spatial layer of -1: nothing. */
  setTarget(spatial: number, temporal: number): void {
    if (spatial === this.target.spatial && temporal === this.target.temporal) return;
    this.target.spatial = spatial;
    this.target.temporal = temporal;
    this.selector?.setTarget(this.source.isSimulcast ? 0 : spatial, temporal);
    if (this.source.selectStream(this)) this.begin();
    else if (this.forwarded >= 0) this.noteRise();
  }

  /**
   * Waits for the stream that its source has chosen, or starts at once if it forwards nothing
   * yet.
   */
  begin(): void {
    const stream = this.source.streams[this.awaited];
    const isIdle = this.forwarded < 0 && this.isExpected;
    if (!isIdle || !stream || !this.startRecent(this.awaited, stream)) this.requestKeyFrame();
  }

  /** The current layers; -1 for nothing. */
  get current(): { spatial: number; temporal: number } {
    const { source, selector, forwarded } = this;
    if (forwarded < 0) return { spatial: -1, temporal: -1 };
    const { spatialLayers, temporalLayers } = source.layers;
    return {
      spatial: source.isSimulcast ? forwarded : Math.min(selector?.spatial ?? 0, spatialLayers - 1),
      temporal: Math.min(selector?.temporal ?? 0, temporalLayers - 1),
    };
  }

  /**
   * Starts at the packet that `stream`, at `index` of the source's, accepted last: it begins a
   * key frame.
   */
  start(index: number, stream: ProducerStream): void {
    // RTX has restored a key frame from before this receiver left the stream.
    if (this.runs.endOf(stream) > stream.sequence) return;
    if (this.run?.stream === stream && stream.sequence <= this.highestIncoming) return;
    this.startAt(index, stream, stream.sequence, stream.frame);
  }

  /**
   * Resumes a stream that it did not forward for a while: with the packets from `from` on, all of
   * which are in the history.
   */
  rejoin(index: number, stream: ProducerStream, from: number): void {
    const first = this.run?.stream === stream ? Math.max(from, this.highestIncoming + 1) : from;
    this.startAt(index, stream, first, stream.frame);
  }

  /**
   * Its transport is about to connect: requests a key frame to arrive by then, or a little later.
   */
  requestKeyFrameAhead(index: number, stream: ProducerStream): void {
    this.keyFrames.requestAhead(index, stream, this.environment.now);
  }

  /** Forwards the packet that its stream accepted last. */
  forward(stream: ProducerStream, header: RtpHeader): void {
    const { sequence } = stream;
    const { now } = this.environment;
    let run = this.run!;
    let outgoing: number;
    if (sequence > this.highestIncoming) {
      this.highestIncoming = sequence;
      if (this.selector !== undefined) {
        if (this.awaitsSwitchPoint && now >= this.riseBy) this.riseByKeyFrame();
        if (!this.selector.takes(stream.frame, header.timestamp)) {
          this.leaveOut(run, sequence, stream.picture);
          return;
        }
        run.took(stream.picture, stream.frame.baseLayerIndex);
      }
      outgoing = sequence - run.shift;
      this.lastOutgoing = outgoing;
      this.lastTimestamp = (header.timestamp - run.timestampShift) | 0;
      this.lastSentAt = now;
    } else {
      const late = this.runs.withIncoming(stream, sequence);
      if (!late) return;
      if (stream.frame.isKeyFrame && late === run && this.isRisingInSpace()) {
        // Its upper layers overtook the key frame and were left out: they are sent again, after a
        // second copy of the layers that were not.
        this.startAt(this.forwarded, stream, sequence, stream.frame);
        return;
      }
      run = late;
      outgoing = run.toOutgoing(sequence);
      if (outgoing < 0) return;
      if (this.selector !== undefined && !isOfTakenFrame(this.selector, run, stream, header.timestamp)) {
        this.sendNothing(outgoing & 0xffff, (header.timestamp - run.timestampShift) | 0);
        return;
      }
    }
    const packet = this.packet(stream.position, stream.length, (header.timestamp - run.timestampShift) | 0);
    if (this.selector !== undefined && !this.patch(packet, run, stream.details, stream.picture)) return;
    if (this.redundancy !== undefined) this.redundancy.add(packet, stream, sequence, outgoing & 0xffff);
    this.send(packet, outgoing & 0xffff);
    this.packetsSent++;
    this.bytesSent += header.payloadLength;
  }

  /** The stream's number `sequence` carries nothing: the receiver's numbers close over it. */
  skip(stream: ProducerStream, sequence: number): void {
    if (this.run?.stream !== stream || sequence <= this.highestIncoming) return;
    this.closeNumber(this.run, sequence);
    this.highestIncoming = sequence;
  }

  /** The stream's numbers have restarted. */
  streamRestarted(stream: ProducerStream): void {
    this.runs.forget(stream);
  }

  /** Packets of it were dropped: the next must be one at which a decoder can start. */
  restart(): void {
    this.source.awaitKeyFrame(this);
    this.requestKeyFrame();
  }

  /** The receiver sent PLI or FIR. */
  keyFrameRequested(): void {
    this.pliCount++;
    this.requestKeyFrame();
  }

  /**
   * Requests a key frame of the stream that it waits for or forwards, as soon as this receiver may
   * cause one.
   */
  requestKeyFrame(): void {
    const index = this.awaited >= 0 ? this.awaited : this.forwarded;
    if (index < 0) return;
    this.keyFrames.request(index, this.packetsSent === 0, this.environment.now);
  }

  /** Where the next consumer of its section continues. */
  lastSent(): LastSent {
    return {
      sequenceNumber: this.lastOutgoing,
      retransmission: this.retransmissions.sequenceNumber,
      timestamp: this.lastTimestamp,
      at: this.lastSentAt,
      run: this.run ?? this.followed?.run,
      frame: this.selector?.lastFrame ?? -1,
    };
  }

  /** From the receiver's last report, 0-1. */
  get fractionLost(): number {
    return this.reports.fractionLost;
  }

  get roundTripTime(): RoundTripTime {
    return this.reports.roundTripTime;
  }

  reportBlock(fractionLost: number, lastSenderReport: number, delay: number): void {
    this.reports.received(fractionLost, lastSenderReport, delay);
    this.redundancy?.report(this.fractionLost, this.packetsSent, this.retransmissions.count);
  }

  /** By the receiver's report: the extended highest number that it has, and how many it has not. */
  countReceived(highest: number, lost: number): void {
    if (this.reception === undefined) return;
    const totals = { highest, lost, numbered: this.lastOutgoing, sent: this.packetsSent };
    this.reception.report(totals, this.hasFec || this.redundancy?.isSent === true, this.environment.now);
  }

  /** 0 without a recent report of the receiver. */
  recentFractionLost(now: number): number {
    return this.reports.recentFractionLost(now);
  }

  writeSenderReport(now: number): void {
    this.reports.writeSenderReport(this.run, this.lastSentAt, now);
  }

  /** The outgoing packet as a media packet; the caller sets its sequence number. */
  packet(position: number, length: number, timestamp: number): OutgoingPacket {
    const packet = this.environment.outgoing;
    packet.position = position;
    packet.length = length;
    packet.flags = this.flags;
    packet.transportWideOffset = TRANSPORT_WIDE_OFFSET;
    packet.payloadType = this.payloadType;
    packet.timestamp = timestamp;
    packet.ssrc = this.ssrc;
    packet.transportWide = this.usesTransportWide ? NEXT_NUMBER : NO_NUMBER;
    return packet;
  }

  /**
   * Restores the outgoing packet to a packet of this run. False when its frame was left out
   * meanwhile.
   */
  restore(run: ForwardedRun, slot: number): boolean {
    const { history } = run.stream!;
    const timestamp = (history.timestamp(slot) - run.timestampShift) | 0;
    const packet = this.packet(history.position(slot), history.length(slot), timestamp);
    return this.selector === undefined || this.patch(packet, run, history.details(slot), history.picture(slot));
  }

  stats(): ConsumerStats {
    return {
      id: this.id,
      producerId: this.source.id,
      kind: this.kind,
      ssrc: this.ssrc >>> 0,
      packetsSent: this.packetsSent,
      bytesSent: this.bytesSent,
      ...this.retransmissions.stats(),
      pliCount: this.pliCount,
      fractionLost: this.fractionLost,
      ...(this.roundTripTime.isKnown ? { roundTripTime: this.roundTripTime.milliseconds } : {}),
    };
  }

  /** Sends the packet at which the run starts, and those that overtook it. */
  private catchUp(stream: ProducerStream, run: ForwardedRun, from: number): void {
    const { history, statistics } = stream;
    const { store, port } = this.environment;
    for (let sequence = from; sequence <= statistics.highest; sequence++) {
      const slot = history.find(sequence);
      if (slot < 0) continue;
      const position = history.position(slot);
      if (!store.holds(position)) {
        // This number was padding only.
        this.skip(stream, sequence);
        continue;
      }
      this.highestIncoming = sequence;
      const details = history.details(slot);
      const picture = history.picture(slot);
      if (!isSelected(this.selector, details)) {
        this.leaveOut(run, sequence, picture);
        continue;
      }
      run.took(picture, hasBaseLayerIndex(details) ? baseLayerIndexOf(details) : -1);
      const length = history.length(slot);
      this.lastTimestamp = (history.timestamp(slot) - run.timestampShift) | 0;
      this.lastOutgoing = sequence - run.shift;
      const packet = this.packet(position, length, this.lastTimestamp);
      if (this.selector !== undefined && !this.patch(packet, run, details, picture)) continue;
      const number = this.lastOutgoing & 0xffff;
      if (this.redundancy !== undefined) this.redundancy.add(packet, stream, sequence, number);
      this.send(packet, number);
      this.packetsSent++;
      this.bytesSent += payloadLength(port.arena, store.arenaOffset(position), length);
    }
    this.lastSentAt = this.environment.now;
  }

  /**
   * Starts at a recent key frame, with the packets since: the first picture then needs no request.
   * It does not start at an older one, because a receiver plays late packets just as late. Answers
   * whether it started.
   */
  private startRecent(index: number, stream: ProducerStream): boolean {
    const { keyFrameSequence, keyFrameAt, history } = stream;
    if (this.kind !== 'video' || this.environment.now - keyFrameAt > FIRST_INTERVAL) return false;
    const slot = history.find(keyFrameSequence);
    if (slot < 0 || !this.environment.store.holds(history.position(slot))) return false;
    if (this.runs.endOf(stream) > keyFrameSequence) return false;
    if (this.run?.stream === stream && keyFrameSequence <= this.highestIncoming) return false;
    return this.startAt(index, stream, keyFrameSequence, stream.keyFrame);
  }

  /** `frame` is that of the packet, which begins it. False when the packet is no longer stored. */
  private startAt(index: number, stream: ProducerStream, sequence: number, frame: FrameInfo): boolean {
    const { history } = stream;
    const slot = history.find(sequence);
    if (slot < 0) return false;
    if (this.section !== undefined && this.section.current !== this) this.follow(this.section.begin(this));
    const before = this.run;
    // Frames and pictures are numbered across all streams of a section.
    const last = before ?? this.followed?.run;
    const lastFrame = before || !this.followed ? (this.selector?.lastFrame ?? -1) : this.followed.frame;
    const timestamp = history.timestamp(slot);
    const picture = history.picture(slot);
    const elapsed = this.environment.now - this.lastSentAt;
    const shift = this.timestamps.shift(before, stream, timestamp, this.lastTimestamp, elapsed);
    const run = this.runs.next(this.highestIncoming + 1);
    run.begin(stream, sequence, this.lastOutgoing + 1, shift);
    if (picture >= 0) run.startPictures(picture, frame.baseLayerIndex, last);
    this.run = run;
    this.highestIncoming = sequence - 1;
    if (this.selector) {
      if (frame.frameNumber >= 0) run.startFrames(frame.frameNumber, lastFrame, last);
      this.selector.start(frame, timestamp);
    }
    this.awaitsSwitchPoint = false;
    this.begunAt = this.environment.now;
    this.source.streamStarted(this, index);
    this.catchUp(stream, run, sequence);
    return true;
  }

  /** Continues where the consumer before in its section ended. */
  private follow(last: LastSent | undefined): void {
    this.followed = last;
    if (!last) return;
    this.lastOutgoing = last.sequenceNumber;
    this.lastTimestamp = last.timestamp;
    this.lastSentAt = last.at;
    this.retransmissions.sequenceNumber = last.retransmission;
  }

  /** The stream's newest packet is left out: the receiver's numbers close over it. */
  private leaveOut(run: ForwardedRun, sequence: number, picture: number): void {
    this.closeNumber(run, sequence);
    // VP9's pictures refer to each other by the difference of their ids, so their ids stay.
    if (this.source.closesPictures) run.leaveOutPicture(picture);
  }

  private closeNumber(run: ForwardedRun, sequence: number): void {
    run.skip(sequence);
    // Packets before it that have not arrived already have numbers, above the last one that was
    // sent.
    this.lastOutgoing = sequence - run.shift;
  }

  /** See `patchFrame`; of video. */
  private patch(packet: OutgoingPacket, run: ForwardedRun, details: number, picture: number): boolean {
    return patchFrame(packet, run, details, picture, this.selector!, this.source, this.environment);
  }

  /**
   * Sends an empty packet for a number that the receiver waits for, whose frame it does not get.
   */
  private sendNothing(sequenceNumber: number, timestamp: number): void {
    const { store } = this.environment;
    const position = store.writeEmpty();
    const packet = this.packet(position, store.lastLength, timestamp);
    packet.flags &= ~SendFlag.Repeatable;
    packet.sequenceNumber = sequenceNumber;
    this.transport.media.send();
  }

  /**
   * Higher layers of the stream are wanted. Some need a key frame, others begin at a switch point,
   * which may never arrive.
   */
  private noteRise(): void {
    const { selector, source } = this;
    const { spatialLayers, temporalLayers } = source.layers;
    const isRising = selector?.isRising(source.isSimulcast ? 1 : spatialLayers, temporalLayers) ?? false;
    this.awaitsSwitchPoint = isRising;
    this.riseBy = this.environment.now + SWITCH_POINT_PATIENCE;
    if (this.isRisingInSpace()) this.requestKeyFrame();
  }

  /** Whether the stream's higher spatial layers wait for a key frame. */
  private isRisingInSpace(): boolean {
    const { selector, source } = this;
    if (!selector || source.isSimulcast) return false;
    return selector.spatial < Math.min(this.target.spatial, source.layers.spatialLayers - 1);
  }

  private riseByKeyFrame(): void {
    this.noteRise();
    if (this.awaitsSwitchPoint) this.requestKeyFrame();
  }

  private send(packet: OutgoingPacket, sequenceNumber: number): void {
    packet.sequenceNumber = sequenceNumber;
    this.transport.media.send();
    const isRepeatable = (this.flags & SendFlag.Repeatable) !== 0;
    if (isRepeatable && packet.transportWide !== NEXT_NUMBER) this.retransmissions.departed(packet);
  }
}

/** Above every possible layer. */
const HIGHEST = 7;
/**
 * Milliseconds. Encoders have a switch point in each group of four or eight pictures; browsers' VP9
 * may name none.
 */
const SWITCH_POINT_PATIENCE = 2000;
