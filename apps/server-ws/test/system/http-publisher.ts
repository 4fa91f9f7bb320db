import { Audio, type Track, Video } from 'node-datachannel';
import { HttpPeer } from './http-peer.js';

/** A WHIP publisher, as OBS Studio is. */
export class Publisher extends HttpPeer {
  private readonly video: Track;
  private sending: NodeJS.Timeout | undefined;
  private sequenceNumber = 1;

  constructor() {
    super('encoder');
    const audio = new Audio('0', 'SendOnly');
    audio.addOpusCodec(111);
    audio.addSSRC(1001, 'encoder', 'encoder', 'audio');
    this.connection.addTrack(audio);
    const video = new Video('1', 'SendOnly');
    video.addH264Codec(96);
    video.addSSRC(1002, 'encoder', 'encoder', 'video');
    this.video = this.connection.addTrack(video);
  }

  /** A packet that a decoder can start at, 50 times a second. */
  send(): void {
    this.sending = setInterval(() => {
      const packet = Buffer.alloc(12 + 100);
      packet.writeUInt16BE(0x80e0, 0);
      packet.writeUInt16BE(this.sequenceNumber++ & 0xffff, 2);
      packet.writeUInt32BE(this.sequenceNumber * 1800, 4);
      packet.writeUInt32BE(1002, 8);
      packet.set(SEQUENCE_PARAMETER_SET, 12);
      if (this.video.isOpen()) this.video.sendMessageBinary(packet);
    }, 20);
  }

  override close(): void {
    clearInterval(this.sending);
    super.close();
  }
}

/** H.264, constrained baseline at level 3.1. */
const SEQUENCE_PARAMETER_SET = [0x67, 0x42, 0xe0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe9];
