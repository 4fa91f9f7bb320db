// Hot path: no allocation per packet.
import { ResendHistory } from '../nack/resend.js';
import type { ResendBudget } from '../nack/resend-budget.js';
import { SentNumbers } from '../nack/sent-numbers.js';
import { KeyFrameAllowance } from '../rtcp/key-frame-allowance.js';
import { RoundTripTime } from '../rtcp/round-trip-time.js';
import type { RtpHeader } from '../rtp/header.js';
import { payloadLength } from '../rtp/packet-store.js';
import { extendSequenceNumber, firstExtended } from '../rtp/sequence.js';
import { NEXT_NUMBER, NO_NUMBER, type OutgoingPacket } from '../transport/outgoing-packet.js';
import { SendFlag } from '../transport/packet-port.js';
import type { Surroundings } from '../transport/surroundings.js';
import type { ConsumerParameters, ConsumerStats, MediaKind, RtpParameters } from '../types.js';
import { type ForwardedRun, ForwardedRuns } from './forwarded-run.js';
import { NO_STREAM, type Producer } from './producer.js';
import type { ProducerStream } from './producer-stream.js';

/** What a consumer needs of the transport it sends through. */
export interface ConsumerTransport {
  readonly session: number;
  readonly isConnected: boolean;
  /** Sends what `surroundings.outgoing` describes, and leaves in it the transport-wide number that it got. */
  send(): void;
  readonly bytesSent: number;
  readonly resendBudget: ResendBudget;
  removeConsumer(consumer: Consumer): void;
}

/** One receiver's copy of a producer: picks the packets it takes, and renumbers them so that it sees one unbroken stream. */
export class Consumer {
  readonly kind: MediaKind;
  /** As int32. */
  readonly ssrc: number;
  readonly rtxSsrc: number;
  /** Bits of `SendFlag` on each of its packets. */
  private readonly flags: number;
  readonly clockRate: number;
  readonly canonicalName: string;
  paused: boolean;
  /** Set by its producer: transport connected, neither side paused. */
  isActive = false;
  isClosed = false;
  packetsSent = 0;
  /** Payload bytes. */
  bytesSent = 0;
  /** Of the receiver's last report, 0-1. */
  fractionLost = 0;
  private reportedAt = Number.NEGATIVE_INFINITY;
  readonly roundTripTime = new RoundTripTime();
  private readonly payloadType: number;
  private readonly rtxPayloadType: number;
  private readonly usesTransportWide: boolean;
  /** The layers that it is to get where they arrive; a spatial layer of -1: nothing. */
  readonly target = { spatial: HIGHEST, temporal: HIGHEST };
  /** Kept by its producer: the stream whose packets it takes, and the one whose key frame it waits for. */
  forwarded = NO_STREAM;
  awaited = NO_STREAM;
  private readonly runs = new ForwardedRuns();
  /** The run that it sends, or sent last. */
  private run: ForwardedRun | undefined;
  private highestIncoming = -1;
  private lastOutgoing: number;
  private rtxSequenceNumber: number;
  private lastTimestamp = 0;
  private lastSentAt = Number.NEGATIVE_INFINITY;
  /** By stream: switching to one must not use up what decoding another takes. */
  private readonly keyFrames: KeyFrameAllowance[] = [];
  private readonly resends = new ResendHistory();
  /** For a receiver that asks for lost packets and takes no RTX. */
  private readonly sentNumbers: SentNumbers | undefined;
  private packetsRetransmitted = 0;
  bytesRetransmitted = 0;
  private retransmissionsRefused = 0;
  private nackCount = 0;
  private pliCount = 0;

  constructor(
    readonly id: string,
    readonly producer: Producer,
    readonly transport: ConsumerTransport,
    readonly rtpParameters: RtpParameters,
    paused: boolean,
    private readonly surroundings: Surroundings,
  ) {
    const encoding = rtpParameters.encodings![0]!;
    const codec = rtpParameters.codecs[0]!;
    this.kind = producer.kind;
    this.paused = paused;
    this.ssrc = encoding.ssrc! | 0;
    this.rtxSsrc = (encoding.rtx?.ssrc ?? 0) | 0;
    this.payloadType = codec.payloadType;
    this.clockRate = codec.clockRate;
    this.rtxPayloadType = encoding.rtx ? rtpParameters.codecs[1]!.payloadType : -1;
    this.usesTransportWide = rtpParameters.headerExtensions!.some((extension) =>
      extension.uri.includes('transport-wide-cc'),
    );
    const asks = codec.rtcpFeedback!.some(({ type, parameter }) => type === 'nack' && !parameter);
    this.sentNumbers = asks && !encoding.rtx ? new SentNumbers() : undefined;
    this.flags =
      SendFlag.Rtp | (this.kind === 'audio' ? SendFlag.Audio : 0) | (this.sentNumbers ? SendFlag.Repeatable : 0);
    this.canonicalName = rtpParameters.rtcp!.cname!;
    // Random first numbers (RFC 3550 section 5.1); the lower half, so that the loss of the first packets never hides a wrap
    // from the receiver's SRTP, which could decrypt nothing more (RFC 3711 section 3.3.1).
    this.lastOutgoing = firstExtended(surroundings.random32() & 0x7fff);
    this.rtxSequenceNumber = surroundings.random32() & 0x7fff;
  }

  parameters(): ConsumerParameters {
    return {
      id: this.id,
      producerId: this.producer.id,
      kind: this.kind,
      rtpParameters: this.rtpParameters,
      producerPaused: this.producer.paused,
    };
  }

  /** The layers that it is to get from now on; a spatial layer of -1: nothing. */
  setTarget(spatial: number, temporal: number): void {
    if (spatial === this.target.spatial && temporal === this.target.temporal) return;
    this.target.spatial = spatial;
    this.target.temporal = temporal;
    if (this.producer.selectStream(this)) this.requestKeyFrame();
  }

  /** Starts at the packet that `stream`, at `index` of the producer's, accepted last: it begins a key frame. */
  start(index: number, stream: ProducerStream, header: RtpHeader): void {
    this.startAt(index, stream, stream.sequence, header.timestamp);
  }

  /** Goes on with a stream of which it was given nothing for a while: with the packets from `from` on, of which the history holds each. */
  rejoin(index: number, stream: ProducerStream, from: number): void {
    const first = this.run?.stream === stream ? Math.max(from, this.highestIncoming + 1) : from;
    const slot = stream.history.find(first);
    if (slot >= 0) this.startAt(index, stream, first, stream.history.timestamps[slot]!);
  }

  /** Takes the packet that the stream it forwards accepted last. */
  forward(stream: ProducerStream, header: RtpHeader): void {
    const { sequence } = stream;
    let run = this.run!;
    let outgoing: number;
    if (sequence > this.highestIncoming) {
      outgoing = sequence - run.numbers.shift;
      this.highestIncoming = sequence;
      this.lastOutgoing = outgoing;
      this.lastTimestamp = (header.timestamp - run.timestampShift) | 0;
      this.lastSentAt = this.surroundings.now;
    } else {
      const late = this.runs.withIncoming(stream, sequence);
      if (!late) return;
      run = late;
      outgoing = run.numbers.toOutgoing(sequence);
      if (outgoing < 0) return;
    }
    const timestamp = (header.timestamp - run.timestampShift) | 0;
    this.send(stream.position, stream.length, outgoing & 0xffff, timestamp);
    this.packetsSent++;
    this.bytesSent += header.payloadLength;
  }

  /** The stream's number `sequence` carries nothing: the receiver's numbers close over it. */
  skip(stream: ProducerStream, sequence: number): void {
    if (this.run?.stream !== stream || sequence <= this.highestIncoming) return;
    this.run.numbers.skip(sequence);
    this.highestIncoming = sequence;
  }

  /** The stream's numbers have started over. */
  streamRestarted(stream: ProducerStream): void {
    this.runs.forget(stream);
  }

  /** Sends again what a NACK asks for, unless it was sent again just now or too often, or the budget is spent. */
  retransmit(packetId: number, bitmask: number): void {
    this.nackCount++;
    this.retransmitOne(packetId);
    for (let bit = 0; bit < 16; bit++) {
      if (bitmask & (1 << bit)) this.retransmitOne((packetId + bit + 1) & 0xffff);
    }
  }

  /** The receiver's PLI or FIR. */
  keyFrameRequested(): void {
    this.pliCount++;
    this.requestKeyFrame();
  }

  /** Has the publisher asked for a key frame of the stream that it waits for or gets, as soon as this receiver may cause one. */
  requestKeyFrame(): void {
    const index = this.awaited >= 0 ? this.awaited : this.forwarded;
    if (index < 0) return;
    this.keyFrames[index] ??= new KeyFrameAllowance();
    const allowance = this.keyFrames[index];
    const at = allowance.allowedAt(this.surroundings.now);
    if (this.producer.requestKeyFrame(index, at)) allowance.spend(at);
  }

  reportBlock(fractionLost: number, lastSenderReport: number, delay: number): void {
    this.fractionLost = fractionLost / 256;
    this.reportedAt = this.surroundings.now;
    this.roundTripTime.measure(lastSenderReport, delay, this.surroundings.now);
  }

  /** 0 when the receiver reported nothing lately. */
  recentFractionLost(now: number): number {
    return now - this.reportedAt <= REPORT_LIFETIME ? this.fractionLost : 0;
  }

  /** If there is something to report: a sender report that maps this receiver's timestamps to the publisher's clock (RFC 3550 section 6.4.1), and the CNAME. */
  writeSenderReport(now: number): void {
    const stream = this.run?.stream;
    if (!stream?.isMapped || now - this.lastSentAt > SILENCE) return;
    const elapsed = now - stream.reportedAt;
    const fraction = (stream.reportNtpLow >>> 0) + (elapsed / 1000) * 2 ** 32;
    const ntpHigh = ((stream.reportNtpHigh >>> 0) + Math.floor(fraction / 2 ** 32)) >>> 0;
    const ntpLow = Math.floor(fraction % 2 ** 32);
    const timestamp = stream.reportTimestamp + Math.round((elapsed * this.clockRate) / 1000) - this.run!.timestampShift;
    const writer = this.surroundings.sendQueue.rtcp;
    writer.senderReport(this.ssrc, ntpHigh, ntpLow, timestamp | 0, this.packetsSent, this.bytesSent);
    writer.canonicalName(this.ssrc, this.canonicalName);
    this.roundTripTime.reportSent(((ntpHigh & 0xffff) << 16) | (ntpLow >>> 16), now);
  }

  stats(): ConsumerStats {
    return {
      id: this.id,
      producerId: this.producer.id,
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

  private startAt(index: number, stream: ProducerStream, sequence: number, timestamp: number): void {
    if (this.run?.stream === stream && sequence <= this.highestIncoming) return;
    const run = this.runs.next(this.highestIncoming + 1);
    run.start(stream, sequence, this.lastOutgoing + 1, this.shiftFor(stream, timestamp));
    this.run = run;
    this.highestIncoming = sequence - 1;
    this.producer.streamStarted(this, index);
    this.catchUp(stream, run, sequence);
  }

  /** Sends the packet it starts with and whatever overtook it. */
  private catchUp(stream: ProducerStream, run: ForwardedRun, from: number): void {
    const { history, statistics } = stream;
    const { store, port } = this.surroundings;
    for (let sequence = from; sequence <= statistics.highest; sequence++) {
      const slot = history.find(sequence);
      if (slot < 0) continue;
      const position = history.positions[slot]!;
      if (!store.holds(position)) {
        // Nothing but padding came under this number.
        this.skip(stream, sequence);
        continue;
      }
      const length = history.lengths[slot]!;
      this.lastTimestamp = (history.timestamps[slot]! - run.timestampShift) | 0;
      this.lastOutgoing = sequence - run.numbers.shift;
      this.highestIncoming = sequence;
      this.send(position, length, this.lastOutgoing & 0xffff, this.lastTimestamp);
      this.packetsSent++;
      this.bytesSent += payloadLength(port.arena, store.arenaOffset(position), length);
    }
    this.lastSentAt = this.surroundings.now;
  }

  /** What to take from the timestamps of a run that starts with this one. */
  private shiftFor(stream: ProducerStream, timestamp: number): number {
    const before = this.run;
    if (before?.stream === stream) return before.timestampShift;
    // Another source's timestamps start anywhere: go on from the last one by the time that passed.
    if (this.lastSentAt < 0) return 0;
    const elapsed = Math.max(1, Math.round(((this.surroundings.now - this.lastSentAt) * this.clockRate) / 1000));
    return (timestamp - (this.lastTimestamp + elapsed)) | 0;
  }

  private retransmitOne(sequenceNumber: number): void {
    const outgoing = extendSequenceNumber(this.lastOutgoing, sequenceNumber);
    const run = this.runs.withOutgoing(outgoing);
    if (!run) return;
    const stream = run.stream!;
    const slot = stream.history.find(this.runs.incoming);
    if (slot < 0) return;
    const position = stream.history.positions[slot]!;
    if (!this.surroundings.store.holds(position)) return;
    const isRtx = this.rtxPayloadType >= 0;
    const now = this.surroundings.now;
    const length = stream.history.lengths[slot]!;
    const transportWide = isRtx ? 0 : (this.sentNumbers?.find(sequenceNumber) ?? -1);
    if (transportWide < 0) return;
    const verdict = this.resends.verdict(outgoing, now, this.roundTripTime.milliseconds);
    if (verdict === 'under-way') return;
    if (verdict === 'exhausted' || !this.transport.resendBudget.take(length, now, this.transport.bytesSent)) {
      this.retransmissionsRefused++;
      return;
    }
    this.resends.note(outgoing, now);
    const timestamp = (stream.history.timestamps[slot]! - run.timestampShift) | 0;
    this.packetsRetransmitted++;
    this.bytesRetransmitted += length;
    const packet = this.packet(position, length, timestamp);
    if (isRtx) {
      this.rtxSequenceNumber = (this.rtxSequenceNumber + 1) & 0xffff;
      packet.flags |= SendFlag.Rtx;
      packet.originalSequenceNumber = sequenceNumber;
      packet.payloadType = this.rtxPayloadType;
      packet.sequenceNumber = this.rtxSequenceNumber;
      packet.ssrc = this.rtxSsrc;
    } else {
      packet.sequenceNumber = sequenceNumber;
      if (this.usesTransportWide) packet.transportWide = transportWide;
    }
    this.transport.send();
  }

  private send(position: number, length: number, sequenceNumber: number, timestamp: number): void {
    const packet = this.packet(position, length, timestamp);
    packet.sequenceNumber = sequenceNumber;
    this.transport.send();
    this.sentNumbers?.note(sequenceNumber, Math.max(0, packet.transportWide));
  }

  /** The outgoing packet as a media packet; its sequence number is for the caller to set. */
  private packet(position: number, length: number, timestamp: number): OutgoingPacket {
    const packet = this.surroundings.outgoing;
    packet.position = position;
    packet.length = length;
    packet.flags = this.flags;
    packet.payloadType = this.payloadType;
    packet.timestamp = timestamp;
    packet.ssrc = this.ssrc;
    packet.transportWide = this.usesTransportWide ? NEXT_NUMBER : NO_NUMBER;
    return packet;
  }
}

/** Milliseconds. RFC 3550 section 6.4: who sent nothing in the last two report intervals sends no sender report. */
const SILENCE = 2000;
/** Milliseconds: two of the longest intervals at which browsers report about sound. */
const REPORT_LIFETIME = 10_000;
/** Above every layer there is. */
const HIGHEST = 7;
