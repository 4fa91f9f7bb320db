import { Audio, PeerConnection, type Track, Video } from 'node-datachannel';
import { expect } from 'vitest';

/** As OBS does: an offer with its candidates, no trickle. */
export class Publisher {
  readonly connection = new PeerConnection('encoder', { iceServers: [], disableAutoNegotiation: true });
  state = '';
  private readonly video: Track;
  private sending: NodeJS.Timeout | undefined;
  private sequenceNumber = 1;

  constructor() {
    const audio = new Audio('0', 'SendOnly');
    audio.addOpusCodec(111);
    audio.addSSRC(1001, 'encoder', 'encoder', 'audio');
    this.connection.addTrack(audio);
    const video = new Video('1', 'SendOnly');
    video.addH264Codec(96);
    video.addSSRC(1002, 'encoder', 'encoder', 'video');
    this.video = this.connection.addTrack(video);
    this.connection.onStateChange((state) => {
      this.state = state;
    });
  }

  async offer(): Promise<string> {
    const gathered = new Promise<void>((resolve) => {
      this.connection.onGatheringStateChange((state) => state === 'complete' && resolve());
    });
    this.connection.setLocalDescription('offer');
    await gathered;
    return this.connection.localDescription()!.sdp;
  }

  async accept(answer: string): Promise<void> {
    this.connection.setRemoteDescription(answer, 'answer' as never);
    await expect.poll(() => this.state).toBe('connected');
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

  close(): void {
    clearInterval(this.sending);
    this.connection.close();
  }
}

/** H.264, constrained baseline at level 3.1. */
const SEQUENCE_PARAMETER_SET = [0x67, 0x42, 0xe0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe9];
