import { Audio, type Track, Video } from 'node-datachannel';
import { HttpPeer } from './http-peer.js';

/** A WHEP player on libdatachannel, with payload types of its own. */
export class Player extends HttpPeer {
  /** RTP packets by kind, in the order of arrival. */
  readonly packets = { audio: [] as Buffer[], video: [] as Buffer[] };
  private readonly tracks: Track[] = [];

  constructor(payloadTypes: { opus: number; h264: number; vp8?: number } = { opus: 63, h264: 45 }) {
    super('player');
    const audio = new Audio('sound', 'RecvOnly');
    audio.addOpusCodec(payloadTypes.opus);
    const video = new Video('picture', 'RecvOnly');
    video.addH264Codec(payloadTypes.h264);
    if (payloadTypes.vp8 !== undefined) video.addVP8Codec(payloadTypes.vp8);
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
}
