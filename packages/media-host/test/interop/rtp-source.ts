import { randomBytes } from 'node:crypto';

/** Packets as an encoder would make them: Opus every 20 ms, VP8 frames of three packets every 40 ms, each starting a key frame. */
export function startRtpSource(
  streams: { audio: { ssrc: number; payloadType: number }; video: { ssrc: number; payloadType: number } },
  send: (kind: 'audio' | 'video', packet: Buffer) => void,
): () => void {
  let audioPackets = 0;
  let videoPackets = 0;
  let pictures = 0;
  const audio = setInterval(() => {
    send('audio', rtp(streams.audio, audioPackets, audioPackets * 960, false, randomBytes(80)));
    audioPackets += 1;
  }, 20);
  const video = setInterval(() => {
    for (let part = 0; part < 3; part += 1) {
      send('video', rtp(streams.video, videoPackets, pictures * 3600, part === 2, vp8(pictures, part === 0)));
      videoPackets += 1;
    }
    pictures += 1;
  }, 40);
  return () => {
    clearInterval(audio);
    clearInterval(video);
  };
}

/** RFC 3550 section 5.1, without extensions. */
function rtp(
  { ssrc, payloadType }: { ssrc: number; payloadType: number },
  sequenceNumber: number,
  timestamp: number,
  marker: boolean,
  payload: Buffer,
): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = (marker ? 0x80 : 0) | payloadType;
  header.writeUInt16BE(sequenceNumber & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc >>> 0, 8);
  return Buffer.concat([header, payload]);
}

/** RFC 7741 section 4.2: descriptor with a 15-bit picture id; a first packet continues with a key frame's header. */
function vp8(picture: number, first: boolean): Buffer {
  const descriptor = Buffer.from([first ? 0x90 : 0x80, 0x80, 0x80 | ((picture >> 8) & 0x7f), picture & 0xff]);
  const keyFrame = Buffer.from([0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
  return Buffer.concat([descriptor, ...(first ? [keyFrame] : []), randomBytes(700)]);
}
