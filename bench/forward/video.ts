import type { Peer } from './peer.js';

/** What the publisher sends: VP8 in RTP as a browser packs it, one frame after the other. */
export interface Video {
  ssrc: number;
  payloadType: number;
  /** Bytes of RTP packet, header included, and packets in a frame. */
  packetBytes: number;
  packetsPerFrame: number;
  framesPerSecond: number;
}

/** 2.5 Mbps at 30 fps are 10,417 bytes a frame: nine packets of 1,178 bytes with headers. */
export const BENCH_VIDEO: Video = {
  ssrc: 0x11223344,
  payloadType: 96,
  packetBytes: 1_178,
  packetsPerFrame: 9,
  framesPerSecond: 30,
};

export class Publisher {
  #frame = 0;
  #sequenceNumber = 0;

  constructor(
    readonly peer: Peer,
    readonly video: Video,
  ) {}

  sendFrame(): void {
    const { peer, video } = this;
    const key = peer.keyFrameWanted;
    peer.keyFrameWanted = false;
    for (let index = 0; index < video.packetsPerFrame; index += 1) {
      const last = index === video.packetsPerFrame - 1;
      // Browsers split a frame into packets whose sizes differ by a byte.
      const length = video.packetBytes - (index % 2);
      this.#write(peer.packetOffset(index), length, index, last, key);
      const timestamp = Math.round((this.#frame * 90_000) / video.framesPerSecond);
      peer.sendRtp(index, length, video.payloadType, this.#sequenceNumber, timestamp, video.ssrc);
      this.#sequenceNumber += 1;
    }
    peer.socket.flush(video.packetsPerFrame);
    this.#frame += 1;
  }

  #write(offset: number, length: number, index: number, last: boolean, key: boolean): void {
    const { arena } = this.peer.socket;
    arena.fill(0xa5, offset, offset + length);
    arena.fill(0, offset, offset + 12);
    arena[offset] = 0x80;
    arena[offset + 1] = this.video.payloadType | (last ? 0x80 : 0);
    // RFC 7741: X bit, S bit on the first packet; then a 15 bit picture id.
    arena[offset + 12] = index === 0 ? 0x90 : 0x80;
    arena[offset + 13] = 0x80;
    arena[offset + 14] = 0x80 | ((this.#frame >> 8) & 0x7f);
    arena[offset + 15] = this.#frame & 0xff;
    if (index !== 0) return;
    // RFC 6386 section 9.1: bit 0 of the frame tag is 0 for a key frame, which goes on with a start code and its size.
    arena[offset + 16] = key ? 0x10 : 0x11;
    if (key) arena.set([0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01], offset + 17);
  }
}
