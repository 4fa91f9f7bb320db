import {
  HEADER_BYTES,
  type KeptPacket,
  type Publisher,
  Stream,
  type StreamOptions,
  TRANSPORT_WIDE_AT,
} from './stream.js';

/** Video in RTP as a browser packs it: bytes of a plain packet, including its header. */
export interface Video {
  width: number;
  height: number;
  packetBytes: number;
  packetsPerFrame: number;
  framesPerSecond: number;
  /** Default: as any other frame. */
  packetsPerKeyFrame?: number;
  /**
   * Encoded frames, of which only the first one is a key frame: they are sent over and over, in
   * place of frames that no decoder reads, and without stamps. A request for a key frame starts
   * them anew.
   */
  recording?: readonly Uint8Array[];
}

export interface VideoOptions extends StreamOptions {
  video: Video;
  /** The SSRC of retransmissions. */
  rtxSsrc?: number;
}

/** VP8 frames, whose packets leave at the pace of a real uplink. */
export class VideoStream extends Stream {
  private frame = 0;
  private index = 0;
  private frameAt = 0;
  private isKey = false;
  private keyFrameWanted = true;
  private rtxSequenceNumber = 0;
  /** The place in the recording of the frame that leaves. */
  private recorded = -1;
  private readonly video: Video;
  private readonly rtxSsrc: number;

  constructor(publisher: Publisher, { video, rtxSsrc = 0, ...options }: VideoOptions) {
    super(publisher, { ...options, clockRate: 90_000 });
    this.video = video;
    this.rtxSsrc = rtxSsrc;
    this.isStamped = video.recording === undefined;
  }

  override requestKeyFrame(): void {
    this.keyFrameWanted = true;
  }

  begin(now: number): void {
    const { framesPerSecond } = this.video;
    const before = this.frameAt;
    this.index = 0;
    this.frameAt = this.due = now + (this.random() * 1000) / framesPerSecond;
    // The clock of RTP continues in a pause.
    if (before > 0) this.frame += Math.max(0, Math.round(((this.frameAt - before) * framesPerSecond) / 1000) - 1);
  }

  emit(speed: number): void {
    const {
      packetsPerFrame,
      packetsPerKeyFrame = packetsPerFrame,
      packetBytes,
      framesPerSecond,
      recording,
    } = this.video;
    if (this.index === 0) {
      this.recorded = recording === undefined || this.keyFrameWanted ? 0 : (this.recorded + 1) % recording.length;
      this.isKey = recording === undefined ? this.keyFrameWanted : this.recorded === 0;
      this.keyFrameWanted = false;
    }
    const frame = recording?.[this.recorded];
    const part = packetBytes - HEADER_BYTES - DESCRIPTOR_BYTES;
    const own = this.isKey ? packetsPerKeyFrame : packetsPerFrame;
    const packets = frame === undefined ? own : Math.ceil(frame.length / part);
    const last = this.index === packets - 1;
    this.writePayload(this.payloadOffset);
    // Browsers split a frame into packets whose sizes differ by a byte.
    const timestamp = Math.round((this.frame * 90_000) / framesPerSecond);
    let length = packetBytes - (this.index % 2);
    if (frame !== undefined) {
      const bytes = frame.subarray(this.index * part, (this.index + 1) * part);
      this.publisher.peer.socket.arena.set(bytes, this.payloadOffset + DESCRIPTOR_BYTES);
      length = HEADER_BYTES + DESCRIPTOR_BYTES + bytes.length;
    }
    this.send(length, VIDEO_PAYLOAD_TYPE, last, timestamp);
    if (!last) {
      this.index += 1;
      const room = (LONGEST_FRAME * 1000) / framesPerSecond / speed / packets;
      this.due += Math.min(SHORTEST_PAUSE + this.random() * (LONGEST_PAUSE - SHORTEST_PAUSE), room);
      return;
    }
    this.index = 0;
    this.frame += 1;
    this.frameAt += 1000 / framesPerSecond / speed;
    this.due = this.frameAt;
  }

  protected sendAgain({ offset, length, timestamp }: KeptPacket, sequenceNumber: number): void {
    this.publisher.peer.sendAgain(offset, length, timestamp, sequenceNumber, {
      payloadType: RTX_PAYLOAD_TYPE,
      sequenceNumber: this.rtxSequenceNumber++,
      ssrc: this.rtxSsrc,
      transportWide: this.publisher.transportWide++,
      numberAt: TRANSPORT_WIDE_AT,
    });
  }

  private writePayload(at: number): void {
    const { arena } = this.publisher.peer.socket;
    // RFC 7741: X bit, S bit on the first packet; then a 15 bit picture id.
    arena[at] = this.index === 0 ? 0x90 : 0x80;
    arena[at + 1] = 0x80;
    arena[at + 2] = 0x80 | ((this.frame >> 8) & 0x7f);
    arena[at + 3] = this.frame & 0xff;
    if (this.index !== 0 || this.video.recording !== undefined) return;
    const { width, height } = this.video;
    // RFC 6386 section 9.1: bit 0 of the frame tag is 0 for a key frame, with a start code and its
    // size behind.
    arena[at + 4] = this.isKey ? 0x10 : 0x11;
    if (this.isKey) arena.set([0x02, 0x00, 0x9d, 0x01, 0x2a, width, width >> 8, height, height >> 8], at + 5);
  }
}

export const VIDEO_PAYLOAD_TYPE = 96;
export const RTX_PAYLOAD_TYPE = 97;
/** Of VP8's payload descriptor with a picture id. */
const DESCRIPTOR_BYTES = 4;
/** Milliseconds between packets of a frame, at the bottleneck of a 16 to 100 Mbit/s uplink. */
const SHORTEST_PAUSE = 0.1;
const LONGEST_PAUSE = 0.6;
/**
 * The highest share of a frame's time for its packets, when a benchmark sends faster than people
 * do.
 */
const LONGEST_FRAME = 0.7;
