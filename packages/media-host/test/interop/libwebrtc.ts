import wrtc from '@roamhq/wrtc';
import type { Stack } from './stack.js';

/** Google's own stack, as browsers have it, with real encoders and decoders. */
export const libwebrtc: Stack = {
  name: 'libwebrtc',
  async sender() {
    const peer = new wrtc.RTCPeerConnection();
    const audioSource = new wrtc.nonstandard.RTCAudioSource();
    const videoSource = new wrtc.nonstandard.RTCVideoSource();
    const stream = new wrtc.MediaStream();
    const direction = 'sendonly';
    peer.addTransceiver(audioSource.createTrack(), { direction, streams: [stream] });
    peer.addTransceiver(videoSource.createTrack(), { direction, streams: [stream] });
    const timers: NodeJS.Timeout[] = [];
    return {
      async offer() {
        const offer = await peer.createOffer();
        await peer.setLocalDescription(offer);
        return offer.sdp!;
      },
      async answer(sdp) {
        await peer.setRemoteDescription({ type: 'answer', sdp });
        const samples = new Int16Array(480);
        timers.push(
          setInterval(() => {
            for (let i = 0; i < samples.length; i += 1) samples[i] = Math.round(Math.sin(i / 10) * 10_000);
            audioSource.onData({
              samples,
              sampleRate: 48_000,
              bitsPerSample: 16,
              channelCount: 1,
              numberOfFrames: 480,
            });
          }, 10),
        );
        let picture = 0;
        timers.push(setInterval(() => videoSource.onFrame(frame(picture++)), 40));
      },
      async close() {
        for (const timer of timers) clearInterval(timer);
        peer.close();
      },
    };
  },
  async receiver() {
    const peer = new wrtc.RTCPeerConnection();
    const sinks: { stop(): void }[] = [];
    let frames = 0;
    peer.ontrack = ({ track }) => {
      if (track.kind !== 'video') return;
      const sink = new wrtc.nonstandard.RTCVideoSink(track);
      sink.onframe = () => {
        frames += 1;
      };
      sinks.push(sink);
    };
    return {
      async answer(sdp) {
        await peer.setRemoteDescription({ type: 'offer', sdp });
        const answer = await peer.createAnswer();
        await peer.setLocalDescription(answer);
        return answer.sdp!;
      },
      async packets() {
        const packets = { audio: 0, video: 0 };
        for (const entry of (await peer.getStats()).values()) {
          if (entry.type === 'inbound-rtp') packets[entry.kind as 'audio' | 'video'] += entry.packetsReceived;
        }
        return packets;
      },
      frames: () => frames,
      async close() {
        for (const sink of sinks) sink.stop();
        peer.close();
      },
    };
  },
};

/** A picture that changes, so that the encoder has something to do. */
function frame(picture: number): { width: number; height: number; data: Uint8ClampedArray } {
  const [width, height] = [320, 180];
  const data = new Uint8ClampedArray((width * height * 3) / 2).fill(128);
  for (let i = 0; i < width * height; i += 1) data[i] = (i + picture * 5) & 0xff;
  return { width, height, data };
}
