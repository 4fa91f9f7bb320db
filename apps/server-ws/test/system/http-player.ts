import { Audio, PeerConnection, type Track, Video } from 'node-datachannel';
import { expect } from 'vitest';

/** A WHEP player on libdatachannel, with payload types of its own. */
export class Player {
  readonly connection = new PeerConnection('player', { iceServers: [], disableAutoNegotiation: true });
  state = '';
  /** RTP packets by kind, in the order of arrival. */
  readonly packets = { audio: [] as Buffer[], video: [] as Buffer[] };
  private readonly tracks: Track[] = [];

  constructor(payloadTypes = { opus: 63, h264: 45 }) {
    const audio = new Audio('sound', 'RecvOnly');
    audio.addOpusCodec(payloadTypes.opus);
    const video = new Video('picture', 'RecvOnly');
    video.addH264Codec(payloadTypes.h264);
    this.connection.onStateChange((state) => {
      this.state = state;
    });
    for (const [kind, description] of [
      ['audio', audio],
      ['video', video],
    ] as const) {
      const track = this.connection.addTrack(description);
      track.onMessage((message) => {
        const isRtcp = message[1]! >= 192 && message[1]! <= 223;
        if (!isRtcp) this.packets[kind].push(Buffer.from(message));
      });
      this.tracks.push(track);
    }
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

  close(): void {
    this.connection.close();
  }
}
