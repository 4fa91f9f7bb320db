import { readFileSync } from 'node:fs';

export interface RecordedFrame {
  /** RTP ticks since the recording's start. */
  timestamp: number;
  data: Buffer;
}

export interface Recording {
  frames: RecordedFrame[];
  /** RTP ticks after which the recording can be played again. */
  duration: number;
}

/** 30 frames of VP8, the first of them a key frame. */
export const videoRecording = readIvf('video.ivf');
/** 50 packets of Opus. */
export const audioRecording = readIvf('audio.ivf');

/** An IVF file: a header of 32 bytes, then for each frame its size (4 bytes), its timestamp (8 bytes) and its bytes. */
function readIvf(name: string): Recording {
  const file = readFileSync(new URL(name, import.meta.url));
  const frames: RecordedFrame[] = [];
  for (let at = 32; at < file.length; ) {
    const size = file.readUInt32LE(at);
    const data = file.subarray(at + 12, at + 12 + size);
    frames.push({ timestamp: Number(file.readBigUInt64LE(at + 4)), data });
    at += 12 + size;
  }
  const last = frames.at(-1)!.timestamp;
  return { frames, duration: last + last / (frames.length - 1) };
}
