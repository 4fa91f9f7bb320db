import type { MediaKind } from '@waterbus/media';
import { audioRecording, videoRecording } from '../recordings/recording.js';
import { packetizeVp8 } from '../recordings/vp8-packets.js';
import type { SentPacket } from './participant.js';
import type { RtpConnection } from './rtp-connection.js';

/**
 * Plays the recordings in a loop through a connection, in real time, and keeps the packets sent.
 */
export class RecordingPlayer {
  readonly sent: Record<MediaKind, SentPacket[]> = { audio: [], video: [] };
  private readonly timers: NodeJS.Timeout[];
  private readonly startedAt = performance.now();
  /** Sequence numbers and timestamps wrap while a test runs. */
  private readonly sequenceNumbers: Record<MediaKind, number> = { audio: 0xffe0, video: 0xffc0 };
  private soundsPlayed = 0;
  private framesPlayed = 0;
  private nextFrame = 0;

  constructor(private readonly connection: RtpConnection) {
    this.timers = [
      setInterval(() => this.playSound(), SOUND_INTERVAL),
      setInterval(() => this.playFrame(), FRAME_INTERVAL),
    ];
    connection.onKeyFrameRequest(() => {
      this.nextFrame = 0;
    });
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private playSound(): void {
    const frame = audioRecording.frames[this.soundsPlayed % audioRecording.frames.length]!;
    this.send('audio', frame.data, this.soundsPlayed === 0, FIRST_TIMESTAMP + this.soundsPlayed * 960);
    this.soundsPlayed++;
  }

  private playFrame(): void {
    const frame = videoRecording.frames[this.nextFrame]!;
    this.nextFrame = (this.nextFrame + 1) % videoRecording.frames.length;
    const timestamp = FIRST_TIMESTAMP + Math.round((performance.now() - this.startedAt) * 90);
    for (const { payload, marker } of packetizeVp8(frame.data, this.framesPlayed++ & 0x7fff)) {
      this.send('video', payload, marker, timestamp);
    }
  }

  private send(kind: MediaKind, payload: Buffer, marker: boolean, time: number): void {
    const timestamp = time >>> 0;
    const sequenceNumber = this.sequenceNumbers[kind]++ & 0xffff;
    this.sent[kind].push({ payload, marker, timestamp });
    this.connection.send(kind, { payload, marker, timestamp, sequenceNumber });
  }
}

/** Milliseconds of sound in one packet. */
const SOUND_INTERVAL = 20;
/** Milliseconds: 30 frames a second. */
const FRAME_INTERVAL = 33;
/** Half a second of video before the wrap. */
const FIRST_TIMESTAMP = 2 ** 32 - 45_000;
