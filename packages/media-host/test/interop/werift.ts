import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, useSdesMid, useTransportWideCC } from 'werift';
import { startRtpSource } from './rtp-source.js';
import type { Stack } from './stack.js';

/** DTLS, SRTP and ICE written in TypeScript. */
export const werift: Stack = {
  name: 'werift',
  async sender() {
    const peer = open();
    const tracks = { audio: new MediaStreamTrack({ kind: 'audio' }), video: new MediaStreamTrack({ kind: 'video' }) };
    const senders = {
      audio: peer.addTransceiver(tracks.audio, { direction: 'sendonly' }).sender,
      video: peer.addTransceiver(tracks.video, { direction: 'sendonly' }).sender,
    };
    let stop = () => {};
    return {
      async offer() {
        await peer.setLocalDescription(await peer.createOffer());
        return peer.localDescription!.sdp;
      },
      async answer(sdp) {
        await peer.setRemoteDescription({ type: 'answer', sdp });
        stop = startRtpSource(
          {
            audio: { ssrc: senders.audio.ssrc, payloadType: 96 },
            video: { ssrc: senders.video.ssrc, payloadType: 97 },
          },
          (kind, packet) => tracks[kind].writeRtp(packet),
        );
      },
      async close() {
        stop();
        await peer.close();
      },
    };
  },
  async receiver() {
    const peer = open();
    const packets = { audio: 0, video: 0 };
    peer.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe(() => {
        packets[track.kind as 'audio' | 'video'] += 1;
      });
    });
    return {
      async answer(sdp) {
        await peer.setRemoteDescription({ type: 'offer', sdp });
        await peer.setLocalDescription(await peer.createAnswer());
        return peer.localDescription!.sdp;
      },
      packets: async () => ({ ...packets }),
      close: () => peer.close(),
    };
  },
};

function open(): RTCPeerConnection {
  return new RTCPeerConnection({
    iceServers: [],
    bundlePolicy: 'max-bundle',
    iceAdditionalHostAddresses: ['127.0.0.1'],
    codecs: {
      audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48000, channels: 2, payloadType: 96 })],
      video: [
        new RTCRtpCodecParameters({
          mimeType: 'video/VP8',
          clockRate: 90000,
          payloadType: 97,
          rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'transport-cc' }],
        }),
      ],
    },
    headerExtensions: { audio: [useSdesMid()], video: [useSdesMid(), useTransportWideCC()] },
  });
}
