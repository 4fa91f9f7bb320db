// Hot path: no allocation per packet.
import type { RtpHeader } from '../rtp/header.js';
import type { RouterSpeakers } from '../speaker/router-speakers.js';
import type { Sound } from '../speaker/sound.js';
import type { PacketStore } from '../store/packet-store.js';
import type { ProducerStream } from './producer-stream.js';

/** The result of `pass` for a packet of sound. */
export const Passage = { Closed: 0, Open: 1, Opens: 2 } as const;

/** Decides whether a producer's sound is forwarded: while it is among its router's loudest. */
export class SoundGate {
  private readonly sound: Sound;

  constructor(
    private readonly speakers: RouterSpeakers,
    producerId: string,
    private readonly clockRate: number,
    private readonly store: PacketStore,
  ) {
    this.sound = speakers.add(producerId, clockRate);
  }

  /**
   * Answers one of `Passage` for the packet that the stream accepted last; `isEmpty`: it carries
   * nothing. With `Opens`, receivers get the packets from `firstHeard` on.
   */
  pass(stream: ProducerStream, header: RtpHeader, source: Uint8Array, isEmpty: boolean, now: number): number {
    // Late packets give no information on the present.
    const isNews = !isEmpty && stream.sequence === stream.statistics.highest;
    if (isNews && this.speakers.note(this.sound, header, source, now)) return Passage.Opens;
    return this.sound.isHeard ? Passage.Open : Passage.Closed;
  }

  /**
   * The number of the first packet that receivers get of a sound that becomes one of the loudest:
   * its loudness shows only in the middle of a syllable. The packets keep their timestamps, so that
   * audio and video stay synchronized.
   */
  firstHeard(stream: ProducerStream, timestamp: number): number {
    const { history } = stream;
    const longest = (LOOK_BACK * this.clockRate) / 1000;
    let from = stream.sequence;
    for (let sequence = from - 1; sequence > stream.sequence - history.capacity; sequence--) {
      const slot = history.find(sequence);
      if (slot < 0 || history.length(slot) === 0) break;
      const age = (timestamp - history.timestamp(slot)) | 0;
      if (age < 0 || age > longest || !this.store.holds(history.position(slot))) break;
      from = sequence;
    }
    return from;
  }

  /** The producer has ended. */
  close(): void {
    this.speakers.remove(this.sound);
  }
}

/**
 * Milliseconds: a consonant and the packets that show it loud. Older packets would arrive too late
 * for most receivers.
 */
const LOOK_BACK = 100;
