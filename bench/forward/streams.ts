import { ExtensionKind, routerExtensionIds } from '@waterbus/media/testing/extensions';
import { SOUND_PACKET_BYTES, SOUND_PACKETS_PER_SECOND, type Video } from './cases.js';
import { machineTime } from './clock.js';
import type { Peer } from './peer.js';

/** One publisher's part of a transport, with its transport-wide numbers. */
export class Publisher {
  transportWide = 0;
  constructor(readonly peer: Peer) {}
}

/** Sends packets one by one on a schedule. */
export abstract class Stream {
  /** Departure time of the next packet, in milliseconds of the machine's clock. */
  due = 0;
  sent = 0;
  protected sequenceNumber = 0;

  constructor(
    protected readonly publisher: Publisher,
    readonly ssrc: number,
    /** Receivers of each packet. */
    readonly takers: number,
    protected readonly random: () => number,
  ) {}

  /** Requests a key frame of this stream, for the engine. */
  requestKeyFrame(): void {}

  /** Begins at a random time within the first period, because people's clocks differ. */
  abstract begin(now: number): void;
  /** Sends the due packet and sets `due` anew. `speed` shortens all pauses. */
  abstract emit(speed: number): void;

  protected send(length: number, payloadType: number, marker: boolean, timestamp: number): void {
    const { peer } = this.publisher;
    const { arena } = peer.socket;
    const offset = peer.packetOffset;
    arena[offset] = 0x90;
    arena[offset + 1] = payloadType | (marker ? 0x80 : 0);
    // RFC 8285 section 4.2: the transport-wide number, and as many bytes as mid and audio level
    // take.
    arena.set([0xbe, 0xde, 0, 2, (TRANSPORT_WIDE_ID << 4) | 1], offset + 12);
    const number = this.publisher.transportWide++;
    arena.set([number >> 8, number, (AUDIO_LEVEL_ID << 4) | 0, 40, 0, 0, 0], offset + 17);
    peer.owner.view.setFloat64(offset + HEADER_BYTES + STAMP_AT, machineTime());
    peer.sendRtp(length, payloadType, this.sequenceNumber++, timestamp, this.ssrc);
    this.sent += 1;
  }
}

/** VP8 frames, whose packets leave at the pace of a real uplink. */
export class VideoStream extends Stream {
  private frame = 0;
  private index = 0;
  private frameAt = 0;
  private keyFrameWanted = true;

  constructor(
    publisher: Publisher,
    ssrc: number,
    takers: number,
    random: () => number,
    private readonly video: Video,
  ) {
    super(publisher, ssrc, takers, random);
    publisher.peer.socket.arena.fill(0xa5, publisher.peer.packetOffset, publisher.peer.packetOffset + 1_500);
  }

  override requestKeyFrame(): void {
    this.keyFrameWanted = true;
  }

  begin(now: number): void {
    this.index = 0;
    this.frameAt = this.due = now + (this.random() * 1000) / this.video.framesPerSecond;
  }

  emit(speed: number): void {
    const { packetsPerFrame, packetBytes, framesPerSecond } = this.video;
    const { peer } = this.publisher;
    const last = this.index === packetsPerFrame - 1;
    this.writePayload(peer.packetOffset + HEADER_BYTES);
    // Browsers split a frame into packets whose sizes differ by a byte.
    const timestamp = Math.round((this.frame * 90_000) / framesPerSecond);
    this.send(packetBytes - (this.index % 2), VIDEO_PAYLOAD_TYPE, last, timestamp);
    if (!last) {
      this.index += 1;
      const room = (LONGEST_FRAME * 1000) / framesPerSecond / speed / packetsPerFrame;
      this.due += Math.min(SHORTEST_PAUSE + this.random() * (LONGEST_PAUSE - SHORTEST_PAUSE), room);
      return;
    }
    this.index = 0;
    this.frame += 1;
    this.frameAt += 1000 / framesPerSecond / speed;
    this.due = this.frameAt;
  }

  private writePayload(at: number): void {
    const { arena } = this.publisher.peer.socket;
    // RFC 7741: X bit, S bit on the first packet; then a 15 bit picture id.
    arena[at] = this.index === 0 ? 0x90 : 0x80;
    arena[at + 1] = 0x80;
    arena[at + 2] = 0x80 | ((this.frame >> 8) & 0x7f);
    arena[at + 3] = this.frame & 0xff;
    if (this.index !== 0) return;
    const key = this.keyFrameWanted;
    this.keyFrameWanted = false;
    const { width, height } = this.video;
    // RFC 6386 section 9.1: bit 0 of the frame tag is 0 for a key frame, with a start code and its
    // size behind.
    arena[at + 4] = key ? 0x10 : 0x11;
    if (key) arena.set([0x02, 0x00, 0x9d, 0x01, 0x2a, width, width >> 8, height, height >> 8], at + 5);
  }
}

/** Opus, one packet every 20 ms. */
export class SoundStream extends Stream {
  begin(now: number): void {
    this.due = now + (this.random() * 1000) / SOUND_PACKETS_PER_SECOND;
  }

  emit(speed: number): void {
    const timestamp = this.sequenceNumber * (48_000 / SOUND_PACKETS_PER_SECOND);
    // Opus at a variable rate, with varying sizes.
    const length = SOUND_PACKET_BYTES + Math.floor((this.random() - 0.5) * 40);
    this.send(length, SOUND_PAYLOAD_TYPE, false, timestamp);
    this.due += 1000 / SOUND_PACKETS_PER_SECOND / speed;
  }
}

/**
 * A sequence of numbers 0-1, the same in each run (a linear congruential generator, Numerical
 * Recipes).
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

export const VIDEO_PAYLOAD_TYPE = 96;
export const RTX_PAYLOAD_TYPE = 97;
export const SOUND_PAYLOAD_TYPE = 111;
export const TRANSPORT_WIDE_ID = routerExtensionIds[ExtensionKind.TransportWide]!;
export const AUDIO_LEVEL_ID = routerExtensionIds[ExtensionKind.AudioLevel]!;
/** Fixed header, profile and length, two words of extensions. */
const HEADER_BYTES = 12 + 4 + 8;
/**
 * Position in the payload, behind a key frame's header, of the departure time for the receivers.
 */
export const STAMP_AT = 24;
/** Milliseconds between packets of a frame, at the bottleneck of a 16 to 100 Mbit/s uplink. */
const SHORTEST_PAUSE = 0.1;
const LONGEST_PAUSE = 0.6;
/**
 * The highest share of a frame's time for its packets, when the benchmark sends faster than people
 * do.
 */
const LONGEST_FRAME = 0.7;
