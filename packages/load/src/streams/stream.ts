import { ExtensionKind, routerExtensionIds } from '@waterbus/media';
import { SendFlag } from '@waterbus/packet-io';
import { machineTime } from '../peers/machine-time.js';
import type { Peer } from '../peers/peer.js';
import { type Origin, STAMP_AT, stamp } from './stamp.js';

/** One publisher's part of a transport, with its transport-wide numbers. */
export class Publisher {
  transportWide = 0;
  constructor(
    readonly peer: Peer,
    /** Written into every packet. */
    readonly origin: Omit<Origin, 'layer'> = { run: 0, publisher: 0 },
  ) {}
}

export interface StreamOptions {
  ssrc: number;
  random: () => number;
  /** The last packets stay at `offset` for retransmission, this many. Default: none. */
  history?: { offset: number; packets: number };
  /** The place among the encodings of a picture. */
  layer?: number;
}

export interface KeptPacket {
  offset: number;
  length: number;
  timestamp: number;
}

/** Sends packets one by one on a schedule. */
export abstract class Stream {
  /** Departure time of the next packet, in milliseconds of the machine's clock. */
  due = 0;
  sent = 0;
  sentBytes = 0;
  resent = 0;
  /** The announced audio level, in -dBov: 0 is the loudest, 127 silence (RFC 6464). */
  level = LEVEL;
  readonly ssrc: number;
  private readonly clockRate: number;
  private sentAt = 0;
  /** Whether packets contain their departure time, for the receivers of a tester. */
  protected isStamped = true;
  protected sequenceNumber = 0;
  protected timestamp = 0;
  protected readonly random: () => number;
  private readonly origin: Origin;
  private readonly offset: number;
  private readonly slots: number;
  /** By slot: the sequence number that it holds, its length and its RTP timestamp. */
  private readonly kept: Int32Array;
  /** By slot: when the packet was last sent again. */
  private readonly resentAt: Float64Array;

  constructor(
    protected readonly publisher: Publisher,
    { ssrc, random, history, layer = 0, clockRate }: StreamOptions & { clockRate: number },
  ) {
    this.clockRate = clockRate;
    this.ssrc = ssrc;
    this.random = random;
    this.origin = { ...publisher.origin, layer };
    this.offset = history?.offset ?? publisher.peer.packetOffset;
    this.slots = history?.packets ?? 1;
    this.kept = new Int32Array(3 * this.slots).fill(-1);
    this.resentAt = new Float64Array(this.slots);
    publisher.peer.socket.arena.fill(0xa5, this.offset, this.offset + this.slots * SLOT_BYTES);
  }

  /** Begins at a random time within the first period, because people's clocks differ. */
  abstract begin(now: number): void;
  /** Sends the due packet and sets `due` anew. `speed` shortens all pauses. */
  abstract emit(speed: number): void;
  /** Sends a packet again that the server misses, if it is still here. */
  resend(sequenceNumber: number): void {
    const packet = this.keptPacket(sequenceNumber);
    if (!packet) return;
    this.sendAgain(packet, sequenceNumber);
    this.resent += 1;
  }

  protected abstract sendAgain(packet: KeptPacket, sequenceNumber: number): void;

  /** Requests a key frame of this stream, for the engine. */
  requestKeyFrame(): void {}

  /** The RTP timestamp at this time of the machine's clock, for sender reports. */
  timestampAt(now: number): number {
    return Math.round(this.timestamp + ((now - this.sentAt) * this.clockRate) / 1000);
  }

  /** Where the payload of the next packet begins. */
  protected get payloadOffset(): number {
    return this.slotOffset(this.sequenceNumber) + HEADER_BYTES;
  }

  protected send(length: number, payloadType: number, marker: boolean, timestamp: number, flags = 0): void {
    const { peer } = this.publisher;
    const { arena } = peer.socket;
    const offset = this.slotOffset(this.sequenceNumber);
    arena[offset] = 0x90;
    arena[offset + 1] = payloadType | (marker ? 0x80 : 0);
    // RFC 8285 section 4.2: the transport-wide number, and as many bytes as mid and audio level
    // take.
    arena.set(EXTENSIONS, offset + 12);
    arena[offset + LEVEL_AT] = this.level;
    const number = this.publisher.transportWide++;
    arena[offset + TRANSPORT_WIDE_AT] = number >> 8;
    arena[offset + TRANSPORT_WIDE_AT + 1] = number;
    this.sentAt = machineTime();
    if (this.isStamped) stamp(peer.owner.view, offset + HEADER_BYTES + STAMP_AT, this.sentAt, this.origin);
    peer.sendRtp(length, payloadType, this.sequenceNumber, timestamp, this.ssrc, offset, flags);
    const slot = 3 * (this.sequenceNumber % this.slots);
    this.kept[slot] = this.sequenceNumber & 0xffff;
    this.kept[slot + 1] = length;
    this.kept[slot + 2] = timestamp | 0;
    this.timestamp = timestamp;
    this.sequenceNumber += 1;
    this.sent += 1;
    this.sentBytes += length;
  }

  /** Undefined when another packet has replaced it, or when it has just been sent again. */
  private keptPacket(sequenceNumber: number): KeptPacket | undefined {
    // The numbers of the ring follow from the last one, since the slots need not divide 65,536.
    const back = (this.sequenceNumber - 1 - sequenceNumber) & 0xffff;
    const sequence = this.sequenceNumber - 1 - back;
    if (this.slots === 1 || sequence < 0 || back >= this.slots) return undefined;
    const slot = sequence % this.slots;
    const now = machineTime();
    if (this.kept[3 * slot] !== sequenceNumber || now - this.resentAt[slot]! < RESEND_PAUSE) return undefined;
    this.resentAt[slot] = now;
    return { offset: this.slotOffset(sequence), length: this.kept[3 * slot + 1]!, timestamp: this.kept[3 * slot + 2]! };
  }

  private slotOffset(sequenceNumber: number): number {
    return this.offset + (sequenceNumber % this.slots) * SLOT_BYTES;
  }
}

/** A packet that is sent again under its number is announced as such (RFC 4585 repair of sound). */
export const REPEATABLE_SOUND = SendFlag.Repeatable | SendFlag.Audio;
/**
 * Milliseconds between two retransmissions of a packet: the first may be under way, as senders of
 * browsers know by the round trip time. A server that is busy requests it in each interval.
 */
const RESEND_PAUSE = 40;
/** Bytes of a kept packet. */
export const SLOT_BYTES = 1_280;

export const TRANSPORT_WIDE_ID = routerExtensionIds[ExtensionKind.TransportWide]!;
export const AUDIO_LEVEL_ID = routerExtensionIds[ExtensionKind.AudioLevel]!;
/** Fixed header, profile and length, two words of extensions. */
export const HEADER_BYTES = 12 + 4 + 8;
/** Of the two bytes of the transport-wide number, from the packet's start. */
export const TRANSPORT_WIDE_AT = 17;
/** Of the audio level, from the packet's start. */
const LEVEL_AT = 20;
/** The level of speech, -40 dBov. */
const LEVEL = 40;
const EXTENSIONS = Uint8Array.of(
  ...[0xbe, 0xde, 0, 2],
  ...[(TRANSPORT_WIDE_ID << 4) | 1, 0, 0],
  ...[(AUDIO_LEVEL_ID << 4) | 0, 0, 0, 0, 0],
);
