// Hot path: no allocation per packet.
import { ExtensionKind } from '../rtp/extensions.js';
import type { RtpHeader } from '../rtp/header.js';
import { LevelHistory } from './level-history.js';

/** The router's state of one producer's sound. */
export class Sound {
  /** Whether its packets are forwarded: it is among the loudest. */
  isHeard = true;
  /** Whether it was speech at the last decision. */
  isTalking = false;
  readonly history = new LevelHistory();
  /**
   * How loud its voice is, 0 to 127, regardless of pauses: rises with a syllable and falls within
   * seconds.
   */
  loudness = 0;
  /** When it was last loud, milliseconds. */
  activeAt = Number.NEGATIVE_INFINITY;
  /** When it began to talk after a silence, milliseconds. */
  begunAt = Number.NEGATIVE_INFINITY;
  /** When it became one of the loudest, milliseconds. */
  heardSince = Number.NEGATIVE_INFINITY;
  /** When another sound took its place, milliseconds. */
  heardUntil = Number.NEGATIVE_INFINITY;
  private marksVoice = false;

  constructor(
    readonly producerId: string,
    private readonly clockRate: number,
  ) {}

  /** Reads the level of a packet (RFC 6464). Milliseconds. */
  note(header: RtpHeader, source: Uint8Array, now: number): void {
    const at = header.extensionOffsets[ExtensionKind.AudioLevel]!;
    const value = at === 0 ? -1 : source[at]!;
    const loudness = value < 0 ? UNKNOWN_LOUDNESS : 127 - (value & 0x7f);
    if (value >= 0x80) this.marksVoice = true;
    // The flag is optional, and 0 where it is not used: it counts from its first 1 on.
    const voice = this.marksVoice && value < 0x80 ? 0 : loudness;
    this.history.note(voice, header, this.clockRate);
    if (!this.history.isLoud(voice)) return;
    if (loudness >= this.loudness) this.loudness += (loudness - this.loudness) * ATTACK;
    else this.loudness -= (this.loudness - loudness) * Math.min(1, (now - this.activeAt) / RELEASE);
    if (now - this.activeAt >= SILENCE) this.begunAt = now;
    this.activeAt = now;
  }
}

/** Milliseconds: longer than a pause between words. */
const SILENCE = 1000;
/**
 * For a publisher without the extension, which is no browser: as loud as quiet speech, so that it
 * is forwarded where there is room.
 */
const UNKNOWN_LOUDNESS = 70;
/**
 * The share of the difference that one packet adds: two packets are the beginning of a syllable.
 */
const ATTACK = 0.6;
/** Milliseconds: longer than a word. */
const RELEASE = 2000;
