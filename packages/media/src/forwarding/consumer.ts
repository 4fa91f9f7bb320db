// Hot path: no allocation per packet.
// Beyond 400 lines because it holds the numbers of one receiver, which every decision about a packet changes.

import type { ConsumerParameters, ConsumerStats, MediaKind, RtpParameters } from '../api/types.js';
import {
  baseLayerIndexOf,
  decodeTargetsOf,
  endsFrame,
  hasBaseLayerIndex,
  spatialOf,
  temporalOf,
} from '../codecs/frame-details.js';
import type { FrameInfo } from '../codecs/frame-info.js';
import { ResendHistory } from '../nack/resend.js';
import type { ResendBudget } from '../nack/resend-budget.js';
import { isRed } from '../ortc/codec-match.js';
import { NEXT_NUMBER, NO_NUMBER, type OutgoingPacket } from '../port/outgoing-packet.js';
import { SendFlag } from '../port/packet-port.js';
import { LossSeen } from '../red/loss-seen.js';
import { RedundantForms } from '../red/redundant-forms.js';
import { KeyFrameAllowance } from '../rtcp/key-frame-allowance.js';
import { FIRST_INTERVAL } from '../rtcp/key-frame-requests.js';
import { RoundTripTime } from '../rtcp/round-trip-time.js';
import type { RtpHeader } from '../rtp/header.js';
import { extendSequenceNumber, firstExtended } from '../rtp/sequence.js';
import { maskBitOf, patchFrameNumber, patchMask } from '../store/descriptor-mask.js';
import {
  descriptorBytes,
  descriptorOffset,
  headerLength,
  MAX_PADDING_BYTES,
  payloadLength,
  TRANSPORT_WIDE_OFFSET,
  transportWideOffset,
} from '../store/packet-store.js';
import { type ConsumerSource, NO_STREAM, type SourceConsumer } from './consumer-source.js';
import type { ForwardingEnvironment } from './environment.js';
import { type ForwardedRun, ForwardedRuns } from './forwarded-run.js';
import { LayerSelector } from './layer-selector.js';
import type { ProducerStream } from './producer-stream.js';

/** The parts of its transport that a consumer needs. */
export interface ConsumerTransport {
  readonly session: number;
  readonly isConnected: boolean;
  /** DTLS has begun. */
  readonly isConnecting: boolean;
  readonly bytesSent: number;
  readonly media: {
    /**
     * Sends the packet in `environment.outgoing`; if it leaves, its transport-wide number replaces
     * `NEXT_NUMBER`.
     */
    send(): void;
    readonly resendBudget: ResendBudget;
    readonly estimate: {
      readonly target: number;
      readonly losesByItself: boolean;
      readonly roundTripTime: number | undefined;
    };
  };
}

/**
 * One receiver's copy of a producer: selects its packets, and renumbers them so that the receiver
 * sees one unbroken stream.
 */
export class Consumer implements SourceConsumer {
  // The state that each packet uses lies together: hundreds of consumers compete for the
  // processor's caches.
  /** The current run, or the last one. */
  private run: ForwardedRun | undefined;
  private highestIncoming = -1;
  private lastOutgoing: number;
  private lastTimestamp = 0;
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
  /** Whether the packet left as RED, by number modulo the length. For receivers that take RED. */
  private readonly sentRedundant: Uint8Array | undefined;
  /**
   * Its place among the `SentNumbers`, for a receiver that sends NACKs and takes no RTX; -1
   * otherwise.
   */
  private sentPlace: number;
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
  /** From the receiver's last report, 0-1. */
  fractionLost = 0;
  private reportedAt = Number.NEGATIVE_INFINITY;
  readonly roundTripTime = new RoundTripTime();
  private readonly rtxPayloadType: number;
  /** -1 where the receiver takes no RED. */
  private readonly redPayloadType: number;
  private readonly lossSeen = new LossSeen();
  /** The target layers, as far as they arrive; a spatial layer of -1: nothing. */
  readonly target = { spatial: HIGHEST, temporal: HIGHEST };
  /**
   * Kept by its source: the index of the stream that it forwards, and of the one whose key frame
   * it waits for.
   */
  forwarded = NO_STREAM;
  awaited = NO_STREAM;
  private readonly runs = new ForwardedRuns();
  private rtxSequenceNumber: number;
  /** When the run began, with a key frame or at a switch point. Milliseconds. */
  begunAt = Number.NEGATIVE_INFINITY;
  /** The run's shift before the correction that keeps time from going back at a switch. */
  private alignedShift = 0;
  /**
   * Until then higher layers may begin at a switch point; later they need a key frame.
   * Milliseconds.
   */
  private riseBy = 0;
  /** By stream: switching to one must not use up the allowance for decoding another. */
  private readonly keyFrames: KeyFrameAllowance[] = [];
  private readonly resends = new ResendHistory();
  private packetsRetransmitted = 0;
  bytesRetransmitted = 0;
  private retransmissionsRefused = 0;
  private probes = 0;
  private nackCount = 0;
  private pliCount = 0;

  constructor(
    readonly id: string,
    readonly source: ConsumerSource,
    readonly transport: ConsumerTransport,
    readonly rtpParameters: RtpParameters,
    paused: boolean,
    private readonly environment: ForwardingEnvironment,
  ) {
    const encoding = rtpParameters.encodings![0]!;
    const codec = rtpParameters.codecs[0]!;
    this.kind = source.kind;
    this.paused = paused;
    this.selector = source.kind === 'video' ? new LayerSelector() : undefined;
    this.isExpected = !transport.isConnected;
    this.ssrc = encoding.ssrc! | 0;
    this.rtxSsrc = (encoding.rtx?.ssrc ?? 0) | 0;
    this.payloadType = codec.payloadType;
    this.clockRate = codec.clockRate;
    this.rtxPayloadType = encoding.rtx ? rtpParameters.codecs[1]!.payloadType : -1;
    this.redPayloadType = rtpParameters.codecs.find(isRed)?.payloadType ?? -1;
    this.sentRedundant = this.redPayloadType >= 0 ? new Uint8Array(REMEMBERED_FORMS) : undefined;
    this.usesTransportWide = rtpParameters.headerExtensions!.some((extension) =>
      extension.uri.includes('transport-wide-cc'),
    );
    const asks = codec.rtcpFeedback!.some(({ type, parameter }) => type === 'nack' && !parameter);
    this.sentPlace = asks && !encoding.rtx ? environment.sentNumbers.open() : -1;
    this.flags =
      SendFlag.Rtp | (this.kind === 'audio' ? SendFlag.Audio : 0) | (this.sentPlace >= 0 ? SendFlag.Repeatable : 0);
    this.canonicalName = rtpParameters.rtcp!.cname!;
    // Random first numbers (RFC 3550 section 5.1); the lower half, so that the loss of the first packets never hides a wrap
    // from the receiver's SRTP, which could decrypt nothing more (RFC 3711 section 3.3.1).
    this.lastOutgoing = firstExtended(environment.random32() & 0x7fff);
    this.rtxSequenceNumber = environment.random32() & 0x7fff;
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
    const { now } = this.environment;
    const allowance = this.keyFrameAllowance(index);
    if (allowance.allowedAt(now) > now || now - stream.keyFrameAt <= FIRST_INTERVAL) return;
    if (this.source.requestFirstKeyFrame(index)) allowance.spend(now);
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
      if (this.selector !== undefined && !this.belongs(run, stream, header)) {
        this.sendNothing(outgoing & 0xffff, (header.timestamp - run.timestampShift) | 0);
        return;
      }
    }
    const packet = this.packet(stream.position, stream.length, (header.timestamp - run.timestampShift) | 0);
    if (this.selector !== undefined && !this.dress(packet, run, stream.details, stream.picture)) return;
    if (this.sentRedundant) this.addRedundancy(packet, stream, sequence, outgoing & 0xffff);
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

  /**
   * Retransmits the packets of a NACK, unless they were retransmitted just now or too often, or the
   * budget is spent.
   */
  retransmit(packetId: number, bitmask: number): void {
    this.nackCount++;
    this.retransmitOne(packetId);
    for (let bit = 0; bit < 16; bit++) {
      if (bitmask & (1 << bit)) this.retransmitOne((packetId + bit + 1) & 0xffff);
    }
  }

  /**
   * Feedback reports this packet lost. The NACK for it was lost too, unless the packet was already
   * retransmitted.
   */
  repeatLost(sequenceNumber: number): void {
    if (this.rtxPayloadType < 0 || this.resends.has(extendSequenceNumber(this.lastOutgoing, sequenceNumber))) return;
    this.retransmitOne(sequenceNumber);
  }

  /**
   * Retransmits one of the last packets to probe; the receiver drops it. After a long silence, when
   * no packet is remembered, it sends a retransmission without payload. False without RTX, and when
   * the budget is spent, with two exceptions: with `isFree`, and on a path so narrow that its
   * budget never has room for a probe, it then sends padding.
   */
  sendProbe(isFree: boolean): boolean {
    if (this.rtxPayloadType < 0) return false;
    const { store, outgoing, now } = this.environment;
    const number = this.lastOutgoing - (this.probes++ % PROBE_PACKETS);
    const isRepeat = this.repeatsForProbe(number);
    if (!isRepeat) this.packet(store.writeEmpty(MAX_PADDING_BYTES), store.lastLength, this.lastTimestamp);
    if (!this.mayRepeat(outgoing.length, now, PROBE_RESERVE)) {
      if (!isFree && this.transport.media.estimate.target > NARROW) return false;
      if (isRepeat) this.packet(store.writeEmpty(MAX_PADDING_BYTES), store.lastLength, this.lastTimestamp);
    }
    this.sendRetransmission();
    return true;
  }

  /** One of its media packets has left. */
  departed(packet: OutgoingPacket): void {
    if (this.sentPlace < 0) return;
    const transportWide = Math.max(0, packet.transportWide);
    this.environment.sentNumbers.note(this.sentPlace, packet.sequenceNumber, transportWide, packet.flags);
  }

  /** From now on none of its packets leaves. */
  forgetSent(): void {
    if (this.sentPlace >= 0) this.environment.sentNumbers.close(this.sentPlace);
    this.sentPlace = -1;
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
    const { now } = this.environment;
    const allowance = this.keyFrameAllowance(index);
    const at = allowance.allowedAt(now);
    const isFirst = this.packetsSent === 0 && at <= now;
    const changes = isFirst ? this.source.requestFirstKeyFrame(index) : this.source.requestKeyFrame(index, at);
    if (changes) allowance.spend(at);
  }

  reportBlock(fractionLost: number, lastSenderReport: number, delay: number): void {
    this.fractionLost = fractionLost / 256;
    this.lossSeen.report(this.fractionLost, this.packetsSent, this.packetsRetransmitted, this.environment.now);
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
  writeSenderReport(now: number): void {
    const stream = this.run?.stream;
    if (!stream?.isMapped || now - this.lastSentAt > SILENCE) return;
    const elapsed = now - stream.reportedAt;
    const fraction = (stream.reportNtpLow >>> 0) + (elapsed / 1000) * 2 ** 32;
    const ntpHigh = ((stream.reportNtpHigh >>> 0) + Math.floor(fraction / 2 ** 32)) >>> 0;
    const ntpLow = Math.floor(fraction % 2 ** 32);
    const timestamp = stream.reportTimestamp + Math.round((elapsed * this.clockRate) / 1000) - this.run!.timestampShift;
    const writer = this.environment.sendQueue.rtcp;
    writer.senderReport(this.ssrc, ntpHigh, ntpLow, timestamp | 0, this.packetsSent, this.bytesSent);
    writer.canonicalName(this.ssrc, this.canonicalName);
    this.roundTripTime.reportSent(((ntpHigh & 0xffff) << 16) | (ntpLow >>> 16), now);
  }

  stats(): ConsumerStats {
    return {
      id: this.id,
      producerId: this.source.id,
      kind: this.kind,
      ssrc: this.ssrc >>> 0,
      packetsSent: this.packetsSent,
      bytesSent: this.bytesSent,
      packetsRetransmitted: this.packetsRetransmitted,
      bytesRetransmitted: this.bytesRetransmitted,
      retransmissionsRefused: this.retransmissionsRefused,
      nackCount: this.nackCount,
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
      if (!this.isSelected(details)) {
        this.leaveOut(run, sequence, picture);
        continue;
      }
      run.took(picture, hasBaseLayerIndex(details) ? baseLayerIndexOf(details) : -1);
      const length = history.length(slot);
      this.lastTimestamp = (history.timestamp(slot) - run.timestampShift) | 0;
      this.lastOutgoing = sequence - run.shift;
      const packet = this.packet(position, length, this.lastTimestamp);
      if (!this.dress(packet, run, details, picture)) continue;
      const number = this.lastOutgoing & 0xffff;
      if (this.sentRedundant) this.addRedundancy(packet, stream, sequence, number);
      this.send(packet, number);
      this.packetsSent++;
      this.bytesSent += payloadLength(port.arena, store.arenaOffset(position), length);
    }
    this.lastSentAt = this.environment.now;
  }

  private keyFrameAllowance(index: number): KeyFrameAllowance {
    this.keyFrames[index] ??= new KeyFrameAllowance();
    return this.keyFrames[index];
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
    const before = this.run;
    const slot = history.find(sequence);
    if (slot < 0) return false;
    const timestamp = history.timestamp(slot);
    const picture = history.picture(slot);
    const shift = this.shiftFor(stream, timestamp);
    const run = this.runs.next(this.highestIncoming + 1);
    run.begin(stream, sequence, this.lastOutgoing + 1, shift);
    if (picture >= 0) run.startPictures(picture, frame.baseLayerIndex, before);
    this.run = run;
    this.highestIncoming = sequence - 1;
    if (this.selector) {
      if (frame.frameNumber >= 0) run.startFrames(frame.frameNumber, this.selector.lastFrame, before);
      this.selector.start(frame, timestamp);
    }
    this.awaitsSwitchPoint = false;
    this.begunAt = this.environment.now;
    this.source.streamStarted(this, index);
    this.catchUp(stream, run, sequence);
    return true;
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

  private isSelected(details: number): boolean {
    const { selector } = this;
    return !selector || (spatialOf(details) <= selector.spatial && temporalOf(details) <= selector.temporal);
  }

  /**
   * Whether a late packet, which has a number at the receiver, is of a frame that the receiver
   * gets: the frame is of one of its layers, or began before those changed.
   */
  private belongs(run: ForwardedRun, stream: ProducerStream, header: RtpHeader): boolean {
    if (this.isSelected(stream.details)) return true;
    const { history, sequence } = stream;
    for (const neighbour of NEIGHBOURS) {
      const slot = history.find(sequence + neighbour);
      if (slot < 0 || history.timestamp(slot) !== header.timestamp) continue;
      const isSameLayer = spatialOf(history.details(slot)) === stream.frame.spatial;
      if (isSameLayer && run.toOutgoing(sequence + neighbour) >= 0) return true;
    }
    return false;
  }

  /**
   * Adapts a packet's frame to this receiver. Answers false when the receiver does not get the
   * frame.
   */
  private dress(packet: OutgoingPacket, run: ForwardedRun, details: number, picture: number): boolean {
    const { source, selector, environment } = this;
    // The picture ends here for a receiver without the layers above.
    if (endsFrame(details) && !source.isSimulcast && source.layers.spatialLayers > 1) {
      if (spatialOf(details) === selector!.spatial) packet.flags |= SendFlag.Marker;
    }
    if (source.keepsDescriptor) this.patchDescriptor(packet, run, details);
    if (!run.changesPictures) return true;
    const { arena } = environment.port;
    const offset = environment.store.arenaOffset(packet.position);
    const header = headerLength(arena, offset);
    return run.patchPicture(packet, details, picture, arena, offset + header, header);
  }

  /**
   * Each packet names the remaining decode targets, because a receiver may have lost any packet.
   */
  private patchDescriptor(packet: OutgoingPacket, run: ForwardedRun, details: number): void {
    const { arena } = this.environment.port;
    const offset = this.environment.store.arenaOffset(packet.position);
    packet.transportWideOffset = transportWideOffset(arena, offset);
    const at = descriptorOffset(arena, offset);
    if (at === 0) return;
    const decodeTargets = decodeTargetsOf(details);
    if (decodeTargets >= 2) {
      const { spatial, temporal } = this.selector!;
      const mask = run.stream!.targetMask(spatial, temporal, decodeTargets);
      if (mask !== 0 && mask !== -1 >>> (32 - decodeTargets)) {
        const maskBit = maskBitOf(arena, offset + at, descriptorBytes(arena, offset));
        if (maskBit >= 0) patchMask(packet, arena, offset, at * 8 + maskBit, decodeTargets, mask);
      }
    }
    if (run.frameShift !== 0) patchFrameNumber(packet, arena, offset, at, run.frameShift);
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

  /**
   * The timestamp shift of a run that starts with this packet. Both streams' sender reports show
   * how far apart their timestamps are; without reports the elapsed time does.
   */
  private shiftFor(stream: ProducerStream, timestamp: number): number {
    const before = this.run?.stream;
    if (before === stream) return this.run!.timestampShift;
    if (this.lastSentAt < 0) return 0;
    const elapsed = Math.max(1, Math.round(((this.environment.now - this.lastSentAt) * this.clockRate) / 1000));
    if (before?.isMapped && stream.isMapped) {
      const apart = Math.round((stream.reportedAfter(before) * this.clockRate) / 1000);
      const aligned = (this.alignedShift + stream.reportTimestamp - before.reportTimestamp - apart) | 0;
      const step = (timestamp - aligned - this.lastTimestamp) | 0;
      if (Math.abs(step - elapsed) < (MAX_MISALIGNMENT * this.clockRate) / 1000) {
        this.alignedShift = aligned;
        // The last forwarded picture may be of the same instant: timestamps must neither stand
        // still nor go back.
        return step > 0 ? aligned : (timestamp - this.lastTimestamp - 1) | 0;
      }
    }
    this.alignedShift = (timestamp - (this.lastTimestamp + elapsed)) | 0;
    return this.alignedShift;
  }

  private retransmitOne(sequenceNumber: number): void {
    const outgoing = extendSequenceNumber(this.lastOutgoing, sequenceNumber);
    const run = this.runs.withOutgoing(outgoing);
    if (!run) return;
    const stream = run.stream!;
    const slot = stream.history.find(this.runs.incoming);
    if (slot < 0) return;
    if (!this.environment.store.holds(stream.history.position(slot))) return;
    const isRedundant = this.sentRedundant?.[sequenceNumber & (REMEMBERED_FORMS - 1)] === 1;
    const form = isRedundant ? (stream.redundantForms?.find(this.runs.incoming) ?? -1) : -1;
    if (isRedundant && form < 0) return;
    const isRtx = this.rtxPayloadType >= 0;
    const now = this.environment.now;
    const { sentNumbers } = this.environment;
    const isKept = !isRtx && this.sentPlace >= 0;
    const transportWide = isRtx ? 0 : isKept ? sentNumbers.find(this.sentPlace, sequenceNumber) : -1;
    if (transportWide < 0) return;
    const isThere = this.asSent(run, slot);
    const packet = this.environment.outgoing;
    if (form >= 0) this.asForm(packet, stream.redundantForms!, form);
    // Its frame was left out after the number was assigned: the receiver need not wait for it.
    if (!isThere) this.empty(packet);
    if (this.selector !== undefined && !isRtx) packet.flags = sentNumbers.flags;
    const { length } = packet;
    const { roundTripTime: own, transport } = this;
    const roundTrip = own.isKnown ? own.milliseconds : (transport.media.estimate.roundTripTime ?? own.milliseconds);
    const verdict = this.resends.verdict(outgoing, now, roundTrip);
    if (verdict === 'under-way') return;
    if (verdict === 'exhausted' || !this.mayRepeat(length, now)) {
      this.retransmissionsRefused++;
      return;
    }
    this.resends.note(outgoing, now);
    this.packetsRetransmitted++;
    this.bytesRetransmitted += length;
    if (isRtx) {
      packet.flags |= SendFlag.Rtx;
      packet.originalSequenceNumber = sequenceNumber;
      this.sendRetransmission();
      // If this copy is lost too, the next request follows a round trip later, and the picture
      // freezes meanwhile.
      if (this.transport.media.estimate.losesByItself && this.mayRepeat(length, now)) {
        this.packetsRetransmitted++;
        this.bytesRetransmitted += length;
        if (this.usesTransportWide) packet.transportWide = NEXT_NUMBER;
        this.sendRetransmission();
      }
      return;
    }
    packet.sequenceNumber = sequenceNumber;
    if (this.usesTransportWide) packet.transportWide = transportWide;
    this.transport.media.send();
  }

  /**
   * Makes the outgoing packet a retransmission of the one that left under this number, if that is
   * still remembered.
   */
  private repeatsForProbe(outgoing: number): boolean {
    const run = this.runs.withOutgoing(outgoing);
    if (!run) return false;
    const { history } = run.stream!;
    const slot = history.find(this.runs.incoming);
    if (slot < 0 || !this.environment.store.holds(history.position(slot))) return false;
    if (!this.asSent(run, slot)) return false;
    const packet = this.environment.outgoing;
    packet.flags |= SendFlag.Rtx;
    packet.originalSequenceNumber = outgoing & 0xffff;
    return true;
  }

  /**
   * Restores the outgoing packet to a packet of this run. False when its frame was left out
   * meanwhile.
   */
  private asSent(run: ForwardedRun, slot: number): boolean {
    const { history } = run.stream!;
    const timestamp = (history.timestamp(slot) - run.timestampShift) | 0;
    const packet = this.packet(history.position(slot), history.length(slot), timestamp);
    return this.selector === undefined || this.dress(packet, run, history.details(slot), history.picture(slot));
  }

  /** Removes a packet's payload. */
  private empty(packet: OutgoingPacket): void {
    const { store } = this.environment;
    packet.position = store.writeEmpty();
    packet.length = store.lastLength;
    packet.transportWideOffset = TRANSPORT_WIDE_OFFSET;
    packet.flags = this.flags;
  }

  /** Sends the outgoing packet on the retransmission stream. */
  private sendRetransmission(): void {
    const packet = this.environment.outgoing;
    this.rtxSequenceNumber = (this.rtxSequenceNumber + 1) & 0xffff;
    packet.payloadType = this.rtxPayloadType;
    packet.sequenceNumber = this.rtxSequenceNumber;
    packet.ssrc = this.rtxSsrc;
    this.transport.media.send();
  }

  private mayRepeat(length: number, now: number, reserve = this.kind === 'video' ? SOUND_RESERVE : 0): boolean {
    const { media, bytesSent } = this.transport;
    return media.resendBudget.take(length, now, bytesSent, media.estimate.target, reserve);
  }

  /**
   * Converts a packet to RED, with the packet before it, for a receiver that takes RED and loses
   * packets.
   */
  private addRedundancy(
    packet: OutgoingPacket,
    stream: ProducerStream,
    sequence: number,
    sequenceNumber: number,
  ): void {
    const form = this.lossSeen.isLossy ? this.redundantForms(stream).of(stream.history, sequence) : -1;
    this.sentRedundant![sequenceNumber & (REMEMBERED_FORMS - 1)] = form < 0 ? 0 : 1;
    if (form >= 0) this.asForm(packet, stream.redundantForms!, form);
  }

  private asForm(packet: OutgoingPacket, forms: RedundantForms, form: number): void {
    packet.position = forms.positions[form]!;
    packet.length = forms.lengths[form]!;
    packet.payloadType = this.redPayloadType;
  }

  private redundantForms(stream: ProducerStream): RedundantForms {
    const { port, store } = this.environment;
    stream.redundantForms ??= new RedundantForms(port.arena, store, this.payloadType);
    return stream.redundantForms;
  }

  private send(packet: OutgoingPacket, sequenceNumber: number): void {
    packet.sequenceNumber = sequenceNumber;
    this.transport.media.send();
    if (packet.transportWide !== NEXT_NUMBER) this.departed(packet);
  }

  /** The outgoing packet as a media packet; the caller sets its sequence number. */
  private packet(position: number, length: number, timestamp: number): OutgoingPacket {
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
}

/**
 * The last packets, which the store surely holds; several, so that a receiver can repair losses
 * from them.
 */
const PROBE_PACKETS = 16;
/** Bytes of the retransmission budget that probes leave for requested packets. */
const PROBE_RESERVE = 4096;
/** Bits per second: below this rate the retransmission budget is hardly more than this reserve. */
const NARROW = 150_000;
/**
 * Bytes of the budget that video leaves to sound, whose retransmissions are small: a second's at 20
 * % loss.
 */
const SOUND_RESERVE = 1024;
/**
 * Milliseconds. RFC 3550 section 6.4: a source that sent nothing in the last two report intervals
 * sends no sender report.
 */
const SILENCE = 2000;
/** Milliseconds: two of the longest intervals at which browsers report about sound. */
const REPORT_LIFETIME = 10_000;
/** Above every possible layer. */
const HIGHEST = 7;
/**
 * Milliseconds. Encoders have a switch point in each group of four or eight pictures; browsers' VP9
 * may name none.
 */
const SWITCH_POINT_PATIENCE = 2000;
/**
 * Milliseconds of difference between sender reports and clocks: more means a false report, or one
 * of another mapping.
 */
const MAX_MISALIGNMENT = 1000;
const NEIGHBOURS: readonly number[] = [-1, 1];
/** Numbers whose form is remembered: twice as many as packets can be retransmitted. */
const REMEMBERED_FORMS = 128;
