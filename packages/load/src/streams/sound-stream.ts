import { type KeptPacket, type Publisher, REPEATABLE_SOUND, Stream, type StreamOptions } from './stream.js';

/** Opus, one packet every 20 ms. */
export class SoundStream extends Stream {
  constructor(publisher: Publisher, options: StreamOptions) {
    super(publisher, { ...options, clockRate: 48_000 });
  }

  begin(now: number): void {
    this.due = now + (this.random() * 1000) / SOUND_PACKETS_PER_SECOND;
  }

  emit(speed: number): void {
    const timestamp = this.sequenceNumber * (48_000 / SOUND_PACKETS_PER_SECOND);
    // Opus at a variable rate, with varying sizes.
    const length = SOUND_PACKET_BYTES + Math.floor((this.random() - 0.5) * 40);
    this.send(length, SOUND_PAYLOAD_TYPE, false, timestamp, REPEATABLE_SOUND);
    this.due += 1000 / SOUND_PACKETS_PER_SECOND / speed;
  }

  /** Sound has no retransmission stream: the same packet leaves again, as from libwebrtc. */
  protected sendAgain({ offset, length, timestamp }: KeptPacket, sequenceNumber: number): void {
    const { peer } = this.publisher;
    peer.sendRtp(length, SOUND_PAYLOAD_TYPE, sequenceNumber, timestamp, this.ssrc, offset, REPEATABLE_SOUND);
  }
}

export const SOUND_PAYLOAD_TYPE = 111;
/** Opus in packets of 20 ms, at 40 kbit/s. */
export const SOUND_PACKETS_PER_SECOND = 50;
export const SOUND_PACKET_BYTES = 120;
