// Hot path: no allocation per packet.
import type { ConsumerStats, MediaKind } from '../api/types.js';
import { ResendHistory } from '../nack/resend.js';
import { NEXT_NUMBER, type OutgoingPacket } from '../port/outgoing-packet.js';
import { SendFlag } from '../port/packet-port.js';
import type { SoundReception } from '../quality/sound-reception.js';
import type { RoundTripTime } from '../rtcp/round-trip-time.js';
import { extendSequenceNumber } from '../rtp/sequence.js';
import { MAX_PADDING_BYTES } from '../store/packet-store.js';
import { type ConsumerRedundancy, FORGOTTEN, PLAIN } from './consumer-redundancy.js';
import type { ConsumerTransport } from './consumer-transport.js';
import type { ForwardingEnvironment } from './environment.js';
import type { ForwardedRun, ForwardedRuns } from './forwarded-run.js';

/** A consumer as its retransmissions see it. */
export interface RepeatableConsumer {
  readonly kind: MediaKind;
  readonly transport: ConsumerTransport;
  readonly usesTransportWide: boolean;
  readonly runs: ForwardedRuns;
  readonly roundTripTime: RoundTripTime;
  /** For receivers that take RED. */
  readonly redundancy: ConsumerRedundancy | undefined;
  /** Of sound. */
  readonly reception: SoundReception | undefined;
  /** Of the newest packet. */
  readonly lastOutgoing: number;
  readonly lastTimestamp: number;
  /** The outgoing packet as a media packet; the caller sets its sequence number. */
  packet(position: number, length: number, timestamp: number): OutgoingPacket;
  /**
   * Restores the outgoing packet to a packet of this run. False when its frame was left out
   * meanwhile.
   */
  restore(run: ForwardedRun, slot: number): boolean;
}

/** Where and how a consumer's packets are sent again; payload type and SSRC are -1 and 0 without RTX. */
export interface RetransmissionEncoding {
  readonly payloadType: number;
  /** As int32. */
  readonly ssrc: number;
  /** The receiver sends NACKs. */
  readonly nack: boolean;
}

/**
 * Sends packets of one consumer again: for NACKs, for losses that feedback reports, and to probe.
 * With RTX they leave on its stream; without it they leave as the same SRTP packets.
 */
export class Retransmissions {
  count = 0;
  bytes = 0;
  private refused = 0;
  private nackCount = 0;
  private readonly history = new ResendHistory();
  private readonly isRtx: boolean;
  /** Of the last one on the RTX stream. */
  sequenceNumber: number;
  /**
   * Its place among the `SentNumbers`, for a receiver that sends NACKs and takes no RTX; -1
   * otherwise.
   */
  private sentPlace: number;
  private probes = 0;

  constructor(
    private readonly consumer: RepeatableConsumer,
    private readonly encoding: RetransmissionEncoding,
    private readonly environment: ForwardingEnvironment,
  ) {
    this.isRtx = encoding.payloadType >= 0;
    this.sentPlace = encoding.nack && !this.isRtx ? environment.sentNumbers.open() : -1;
    // The lower half, as the consumer's own first number.
    this.sequenceNumber = environment.random32() & 0x7fff;
  }

  /** Packets leave so that the same SRTP packet can be sent again. */
  get repeatsSamePacket(): boolean {
    return this.sentPlace >= 0;
  }

  /**
   * Retransmits the packets of a NACK, unless they were retransmitted just now or too often, or the
   * budget is spent.
   */
  nack(packetId: number, bitmask: number): void {
    this.nackCount++;
    this.request(packetId);
    for (let bit = 0; bit < 16; bit++) {
      if (bitmask & (1 << bit)) this.request((packetId + bit + 1) & 0xffff);
    }
  }

  /**
   * Feedback reports this packet lost. The NACK for it was lost too, unless the packet was already
   * retransmitted.
   */
  repeatLost(sequenceNumber: number): void {
    if (!this.isRtx || this.history.has(extendSequenceNumber(this.consumer.lastOutgoing, sequenceNumber))) return;
    this.retransmit(sequenceNumber);
  }

  /**
   * Retransmits one of the last packets to probe; the receiver drops it. After a long silence, when
   * no packet is remembered, it sends a retransmission without payload. False without RTX, and when
   * the budget is spent, with two exceptions: with `isFree`, and on a path so narrow that its
   * budget never has room for a probe, it then sends padding.
   */
  sendProbe(isFree: boolean): boolean {
    if (!this.isRtx) return false;
    const { outgoing } = this.environment;
    const isRepeat = this.restoreForProbe(this.consumer.lastOutgoing - (this.probes++ % PROBE_PACKETS));
    if (!isRepeat) this.padding();
    if (!this.mayRepeat(outgoing.length, PROBE_RESERVE)) {
      if (!isFree && this.consumer.transport.media.estimate.target > NARROW) return false;
      if (isRepeat) this.padding();
    }
    this.send();
    return true;
  }

  /** One of the consumer's media packets has left. */
  departed(packet: OutgoingPacket): void {
    if (this.sentPlace < 0) return;
    const transportWide = Math.max(0, packet.transportWide);
    this.environment.sentNumbers.note(this.sentPlace, packet.sequenceNumber, transportWide, packet.flags);
  }

  /** From now on no packet leaves. */
  close(): void {
    if (this.sentPlace >= 0) this.environment.sentNumbers.close(this.sentPlace);
    this.sentPlace = -1;
  }

  stats(): Pick<ConsumerStats, 'packetsRetransmitted' | 'bytesRetransmitted' | 'retransmissionsRefused' | 'nackCount'> {
    return {
      packetsRetransmitted: this.count,
      bytesRetransmitted: this.bytes,
      retransmissionsRefused: this.refused,
      nackCount: this.nackCount,
    };
  }

  private request(sequenceNumber: number): void {
    this.consumer.reception?.request(sequenceNumber);
    this.retransmit(sequenceNumber);
  }

  private retransmit(sequenceNumber: number): void {
    const { environment, consumer } = this;
    const { runs } = consumer;
    const outgoing = extendSequenceNumber(consumer.lastOutgoing, sequenceNumber);
    const run = runs.withOutgoing(outgoing);
    if (!run) return;
    const stream = run.stream!;
    const slot = stream.history.find(runs.incoming);
    if (slot < 0 || !environment.store.holds(stream.history.position(slot))) return;
    const form = consumer.redundancy?.formOf(stream, runs.incoming, sequenceNumber) ?? PLAIN;
    if (form === FORGOTTEN) return;
    const transportWide = this.firstTransportWide(sequenceNumber);
    if (transportWide < 0) return;
    const isThere = consumer.restore(run, slot);
    const packet = environment.outgoing;
    if (form >= 0) consumer.redundancy!.convert(packet, stream, form);
    // Its frame was left out after the number was assigned: the receiver need not wait for it.
    if (!isThere) consumer.packet(environment.store.writeEmpty(), environment.store.lastLength, packet.timestamp);
    if (consumer.kind === 'video' && !this.isRtx) packet.flags = environment.sentNumbers.flags;
    if (!this.admits(outgoing, packet.length)) return;
    this.noteSent(packet.length);
    if (this.isRtx) this.sendOnRtx(packet, sequenceNumber);
    else {
      packet.sequenceNumber = sequenceNumber;
      if (consumer.usesTransportWide) packet.transportWide = transportWide;
      consumer.transport.media.send();
    }
  }

  /**
   * The transport-wide number of the packet that left under this number, which an identical packet
   * needs; 0 with RTX, -1 when it is unknown.
   */
  private firstTransportWide(sequenceNumber: number): number {
    if (this.isRtx) return 0;
    return this.sentPlace < 0 ? -1 : this.environment.sentNumbers.find(this.sentPlace, sequenceNumber);
  }

  private admits(outgoing: number, length: number): boolean {
    const { now } = this.environment;
    const { roundTripTime: own, transport } = this.consumer;
    const roundTrip = own.isKnown ? own.milliseconds : (transport.media.estimate.roundTripTime ?? own.milliseconds);
    const verdict = this.history.verdict(outgoing, now, roundTrip);
    if (verdict === 'under-way') return false;
    if (verdict === 'exhausted' || !this.mayRepeat(length)) {
      this.refused++;
      return false;
    }
    this.history.note(outgoing, now);
    return true;
  }

  private sendOnRtx(packet: OutgoingPacket, sequenceNumber: number): void {
    const { transport, usesTransportWide } = this.consumer;
    const { length } = packet;
    packet.flags |= SendFlag.Rtx;
    packet.originalSequenceNumber = sequenceNumber;
    this.send();
    // If this copy is lost too, the next request follows a round trip later, and the picture
    // freezes meanwhile.
    if (!transport.media.estimate.losesByItself || !this.mayRepeat(length)) return;
    this.noteSent(length);
    if (usesTransportWide) packet.transportWide = NEXT_NUMBER;
    this.send();
  }

  /**
   * Makes the outgoing packet a retransmission of the one that left under this number, if that is
   * still remembered.
   */
  private restoreForProbe(outgoing: number): boolean {
    const { runs } = this.consumer;
    const run = runs.withOutgoing(outgoing);
    if (!run) return false;
    const { history } = run.stream!;
    const slot = history.find(runs.incoming);
    if (slot < 0 || !this.environment.store.holds(history.position(slot))) return false;
    if (!this.consumer.restore(run, slot)) return false;
    const packet = this.environment.outgoing;
    packet.flags |= SendFlag.Rtx;
    packet.originalSequenceNumber = outgoing & 0xffff;
    return true;
  }

  private padding(): void {
    const { store } = this.environment;
    this.consumer.packet(store.writeEmpty(MAX_PADDING_BYTES), store.lastLength, this.consumer.lastTimestamp);
  }

  /** Sends the outgoing packet on the retransmission stream. */
  private send(): void {
    const packet = this.environment.outgoing;
    this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
    packet.payloadType = this.encoding.payloadType;
    packet.sequenceNumber = this.sequenceNumber;
    packet.ssrc = this.encoding.ssrc;
    this.consumer.transport.media.send();
  }

  private noteSent(length: number): void {
    this.count++;
    this.bytes += length;
  }

  private mayRepeat(length: number, reserve = this.consumer.kind === 'video' ? SOUND_RESERVE : 0): boolean {
    const { media, bytesSent } = this.consumer.transport;
    return media.resendBudget.take(length, this.environment.now, bytesSent, media.estimate.target, reserve);
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
