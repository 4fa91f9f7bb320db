import type { ConsumerParameters, RtpCapabilities } from '../../src/index.js';
import type { FeedbackSender } from './feedback-sender.js';
import { PAYLOAD_NUMBER_OFFSET } from './publisher.js';
import { type RtcpPart, type RtpPacket, readRtcp, readRtp, writeRtcp } from './wire.js';
import type { PeerEndpoint, World } from './world.js';

/** A packet received on one consumer, with its extended sequence number. */
export interface Received {
  packet: RtpPacket;
  sequence: number;
  at: number;
  /** The publisher's running number. */
  number: number;
  repaired: boolean;
}

/** A browser's receiving side: unwraps RTX, requests missing packets, and keeps everything. */
export class Receiver {
  readonly peer: PeerEndpoint;
  readonly consumers = new Map<string, Consumption>();
  /** Whether it sends receiver reports, each second. */
  reports = false;
  /** Set by tests whose receivers answer transport-wide feedback. */
  feedback: FeedbackSender | undefined;

  constructor(
    private readonly world: World,
    readonly transportId: string,
    link: Partial<PeerEndpoint['uplink']> = {},
    options: { askInterval?: number } = {},
  ) {
    this.peer = world.connect(transportId, (packet, isRtp) => this.receive(packet, isRtp), link);
    world.every(options.askInterval ?? 50, () => {
      for (const consumption of this.consumers.values()) consumption.askForMissing();
    });
    world.every(1000, () => {
      if (this.reports) for (const consumption of this.consumers.values()) consumption.report();
    });
  }

  consume(producerId: string, options: { paused?: boolean; rtpCapabilities?: RtpCapabilities } = {}): Consumption {
    const consumerId = `${this.transportId}/${producerId}`;
    const parameters = this.world.control.consume({
      transportId: this.transportId,
      consumerId,
      producerId,
      rtpCapabilities: options.rtpCapabilities ?? this.capabilities(),
      paused: options.paused ?? false,
    });
    const consumption = new Consumption(this.world, this.peer, parameters);
    this.consumers.set(consumerId, consumption);
    this.world.tick();
    return consumption;
  }

  /**
   * A receiver without transport-wide feedback does not announce it: no estimate limits its
   * traffic.
   */
  private capabilities(): RtpCapabilities {
    const capabilities = this.world.control.openRouter('room');
    if (this.feedback) return capabilities;
    const headerExtensions = capabilities.headerExtensions!.filter(({ uri }) => !uri.includes('transport-wide-cc'));
    return { ...capabilities, headerExtensions };
  }

  private receive(bytes: Uint8Array, isRtp: boolean): void {
    if (!isRtp) {
      for (const part of readRtcp(bytes)) {
        for (const consumption of this.consumers.values()) consumption.receiveRtcp(part);
      }
      return;
    }
    const packet = readRtp(bytes);
    this.feedback?.arrived(packet);
    for (const consumption of this.consumers.values()) consumption.receiveRtp(packet);
  }
}

export class Consumption {
  readonly received: Received[] = [];
  readonly senderReports: { part: RtcpPart; at: number }[] = [];
  duplicates = 0;
  readonly ssrc: number;
  asksForMissing = true;
  /** The maximum number of requests for a packet, and the maximum age; browsers give up earlier. */
  maxAsked = Number.POSITIVE_INFINITY;
  repairable = 1000;
  /**
   * Milliseconds between two requests for the same packet; Chromium has 100 while it has no
   * round-trip time.
   */
  askAgainAfter = 0;
  private readonly asked = new Map<number, number>();
  private readonly askedAt = new Map<number, number>();
  private readonly reported = { highest: -1, received: 0 };
  private readonly rtxSsrc: number | undefined;
  private readonly bySequence = new Map<number, Received>();
  private highest = -1;
  private first = Number.POSITIVE_INFINITY;

  constructor(
    private readonly world: World,
    private readonly peer: PeerEndpoint,
    readonly parameters: ConsumerParameters,
  ) {
    const encoding = parameters.rtpParameters.encodings![0]!;
    this.ssrc = encoding.ssrc!;
    this.rtxSsrc = encoding.rtx?.ssrc;
  }

  receiveRtp(packet: RtpPacket): void {
    if (packet.ssrc === this.ssrc) this.take(packet, false);
    else if (packet.ssrc === this.rtxSsrc && packet.payload.length >= 2) {
      const sequenceNumber = (packet.payload[0]! << 8) | packet.payload[1]!;
      this.take({ ...packet, sequenceNumber, ssrc: this.ssrc, payload: packet.payload.slice(2) }, true);
    }
  }

  receiveRtcp(part: RtcpPart): void {
    if (part.type === 200 && part.body.getUint32(0) === this.ssrc)
      this.senderReports.push({ part, at: this.world.now });
  }

  /** Packets in the receiver's order. */
  inOrder(): Received[] {
    return [...this.received].sort((a, b) => a.sequence - b.sequence);
  }

  /** Sequence numbers missing between the first and the last received. */
  missing(since = this.first): number[] {
    const first = Math.max(this.first, since);
    const gaps: number[] = [];
    for (let sequence = first; sequence < this.highest; sequence++)
      if (!this.bySequence.has(sequence)) gaps.push(sequence);
    return gaps;
  }

  /**
   * A receiver report (RFC 3550 section 6.4.2), in which repeats count as received unless they have
   * a stream of their own.
   */
  report(): void {
    const received = this.received.filter(({ repaired }) => !repaired).length;
    const expected = this.highest - this.reported.highest;
    const share = this.reported.highest < 0 ? 0 : Math.max(0, 1 - (received - this.reported.received) / expected);
    this.reported.highest = this.highest;
    this.reported.received = received;
    const last = this.senderReports.at(-1);
    if (!last) return;
    const lastReport = ((last.part.body.getUint32(4) & 0xffff) << 16) | (last.part.body.getUint32(8) >>> 16);
    const delay = Math.round(((this.world.now - last.at) * 65_536) / 1000);
    const fractionLost = Math.min(255, Math.round(share * 256)) << 24;
    const first = Math.min(this.first, this.highest + 1);
    const lost = Math.max(0, this.highest - first + 1 - received) & 0xffffff;
    this.world.send(
      this.peer,
      writeRtcp(201, 1, [1, this.ssrc, fractionLost | lost, this.highest, 0, lastReport, delay]),
      false,
    );
  }

  askForMissing(): void {
    if (!this.asksForMissing || this.received.length === 0) return;
    for (const sequence of this.missing(this.highest - this.repairable)) {
      const asked = this.asked.get(sequence) ?? 0;
      if (asked >= this.maxAsked || this.world.now - (this.askedAt.get(sequence) ?? 0) < this.askAgainAfter) continue;
      this.asked.set(sequence, asked + 1);
      this.askedAt.set(sequence, this.world.now);
      this.nack(sequence);
    }
  }

  nack(sequence: number): void {
    this.world.send(this.peer, writeRtcp(205, 1, [1, this.ssrc, (sequence & 0xffff) << 16]), false);
  }

  askForKeyFrame(): void {
    this.world.send(this.peer, writeRtcp(206, 1, [1, this.ssrc]), false);
  }

  private take(packet: RtpPacket, repaired: boolean): void {
    const sequence =
      this.highest < 0
        ? packet.sequenceNumber + 0x10000
        : this.highest + (((packet.sequenceNumber - this.highest) << 16) >> 16);
    if (this.bySequence.has(sequence)) {
      this.duplicates++;
      return;
    }
    const view = new DataView(packet.payload.buffer, packet.payload.byteOffset, packet.payload.length);
    const number = packet.payload.length >= PAYLOAD_NUMBER_OFFSET + 4 ? view.getUint32(PAYLOAD_NUMBER_OFFSET) : -1;
    const received = { packet, sequence, at: this.world.now, number, repaired };
    this.bySequence.set(sequence, received);
    this.received.push(received);
    this.first = Math.min(this.first, sequence);
    this.highest = Math.max(this.highest, sequence);
  }
}
