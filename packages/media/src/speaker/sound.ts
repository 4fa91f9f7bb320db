// Hot path: no allocation per packet.
import { ExtensionKind } from '../rtp/extensions.js';
import type { RtpHeader } from '../rtp/header.js';
import { LevelHistory } from './level-history.js';

/** What the router knows of one producer's sound. */
export class Sound {
  /** Whether its packets are forwarded: it is among the loudest. */
  isHeard = true;
  /** Somebody talks, by the last decision. */
  isTalking = false;
  readonly history = new LevelHistory();
  /** How loud its voice is, 0 to 127, whatever the pauses: rises with a syllable and falls within seconds. */
  loudness = 0;
  /** When it was loud last, milliseconds. */
  activeAt = Number.NEGATIVE_INFINITY;
  /** When it began to talk after a silence, milliseconds. */
  begunAt = Number.NEGATIVE_INFINITY;
  /** When it became one of the loudest, milliseconds. */
  heardSince = Number.NEGATIVE_INFINITY;
  /** When another one took its place, milliseconds. */
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

/** Milliseconds: longer than a pause between the words of one who talks. */
const SILENCE = 1000;
/** Of a publisher without the extension, which is no browser: as loud as quiet speech, so that it is heard where there is room. */
const UNKNOWN_LOUDNESS = 70;
/** Part of the way up that one packet goes: two packets are a syllable's beginning. */
const ATTACK = 0.6;
/** Milliseconds: longer than a word. */
const RELEASE = 2000;
