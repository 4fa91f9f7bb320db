import { Audio, PeerConnection, type Track, Video } from 'node-datachannel';
import { startRtpSource } from './rtp-source.js';
import type { Stack } from './stack.js';

/** libdatachannel: OpenSSL's DTLS, libsrtp, libjuice. */
export const libdatachannel: Stack = {
  name: 'libdatachannel',
  async sender() {
    const peer = new PeerConnection('sender', { iceServers: [], forceMediaTransport: true });
    const audio = new Audio('audio', 'SendOnly');
    audio.addOpusCodec(AUDIO.payloadType);
    audio.addSSRC(AUDIO.ssrc, 'ada', 'stream', 'audio');
    const video = new Video('video', 'SendOnly');
    video.addVP8Codec(VIDEO.payloadType);
    video.addSSRC(VIDEO.ssrc, 'ada', 'stream', 'video');
    const tracks = { audio: peer.addTrack(audio), video: peer.addTrack(video) };
    let stop = () => {};
    return {
      async offer() {
        peer.setLocalDescription();
        return gathered(peer);
      },
      async answer(sdp) {
        peer.setRemoteDescription(sdp, 'answer');
        stop = startRtpSource({ audio: AUDIO, video: VIDEO }, (kind, packet) => {
          if (tracks[kind].isOpen()) tracks[kind].sendMessageBinary(packet);
        });
      },
      async close() {
        stop();
        peer.close();
      },
    };
  },
  async receiver() {
    const peer = new PeerConnection('receiver', { iceServers: [], forceMediaTransport: true });
    const packets = { audio: 0, video: 0 };
    const tracks: Track[] = [];
    peer.onTrack((track) => {
      tracks.push(track);
      // libdatachannel hands RTCP up as well; RFC 5761 section 4 tells them apart.
      track.onMessage((message) => {
        const type = message[1]! & 0x7f;
        if (type < 64 || type > 95) packets[track.type() as 'audio' | 'video'] += 1;
      });
    });
    return {
      async answer(sdp) {
        peer.setRemoteDescription(sdp, 'offer');
        return gathered(peer);
      },
      packets: async () => ({ ...packets }),
      async close() {
        peer.close();
      },
    };
  },
};

function gathered(peer: PeerConnection): Promise<string> {
  return new Promise((resolve) => {
    const look = () => {
      if (peer.gatheringState() === 'complete') resolve(peer.localDescription()!.sdp);
    };
    peer.onGatheringStateChange(look);
    look();
  });
}

const AUDIO = { ssrc: 0x11111111, payloadType: 111 };
const VIDEO = { ssrc: 0x22222222, payloadType: 96 };
