// Hot path: no allocation per packet.
import type { ActiveSpeaker } from '../api/events.js';
import type { RtpHeader } from '../rtp/header.js';
import { dominantSpeaker } from './dominant-speaker.js';
import { Loudest } from './loudest.js';
import { Sound } from './sound.js';
import { SPEAKER_INTERVAL, type SpeakerTicks } from './speaker-ticks.js';

/** The sounds of one router: which are forwarded, and who talks. Costs nothing during silence. */
export class RouterSpeakers {
  private readonly sounds = new Set<Sound>();
  private readonly loudest: Loudest;
  private dominant: Sound | undefined;
  private emitted: readonly Sound[] = [];
  private emittedAt = 0;
  private isAwake = false;

  constructor(
    limit: number,
    private readonly ticks: SpeakerTicks,
    /** The dominant speaker first, the rest by level. */
    private readonly emit: (speakers: ActiveSpeaker[]) => void,
  ) {
    this.loudest = new Loudest(limit);
  }

  /** How many sounds are forwarded at once; 0: all. */
  setLimit(limit: number): void {
    this.loudest.setLimit(limit);
  }

  add(producerId: string, clockRate: number): Sound {
    const sound = new Sound(producerId, clockRate);
    this.sounds.add(sound);
    this.loudest.add(sound);
    return sound;
  }

  remove(sound: Sound): void {
    this.sounds.delete(sound);
    this.loudest.remove(sound);
    if (this.dominant === sound) this.dominant = undefined;
    if (sound.isTalking) this.wake();
  }

  /**
   * Records the newest packet of a sound. Answers whether the sound is forwarded from now on, and
   * was not before. Milliseconds.
   */
  note(sound: Sound, header: RtpHeader, source: Uint8Array, now: number): boolean {
    sound.note(header, source, now);
    if (!this.isAwake && sound.activeAt === now) this.wake();
    return !sound.isHeard && this.loudest.admit(sound, now);
  }

  /** Decides who talks. Answers whether that can change without another packet. */
  decide(now: number): boolean {
    let anybody = false;
    for (const sound of this.sounds) {
      const { history } = sound;
      // A sound that has been silent for longer than the history is not measured again.
      const isQuiet = now - sound.activeAt > QUIET_AFTER;
      if (!isQuiet || history.wasActive) history.measure(now);
      sound.isTalking = !isQuiet && (history.recent >= 2 || (sound.isTalking && now - sound.activeAt < BETWEEN_WORDS));
      if (!isQuiet) anybody = true;
    }
    this.dominant = dominantSpeaker(this.sounds, this.dominant);
    this.publish(now);
    this.isAwake = anybody || this.emitted.length > 0;
    return this.isAwake;
  }

  private wake(): void {
    this.isAwake = true;
    this.ticks.wake(this);
  }

  private publish(now: number): void {
    if (this.isAsEmitted() && (this.emitted.length === 0 || now - this.emittedAt < REPEAT_INTERVAL)) return;
    const talking = [...this.sounds].filter((sound) => sound.isTalking).sort((a, b) => this.rank(b) - this.rank(a));
    talking.length = Math.min(talking.length, MOST_SPEAKERS);
    const isSame = talking.length === this.emitted.length && talking.every((sound) => this.emitted.includes(sound));
    const leads = talking[0] === this.emitted[0];
    // A message may be lost on its way: an unchanged list is emitted again.
    const isOld = talking.length > 0 && now - this.emittedAt >= REPEAT_INTERVAL;
    if (isSame && leads && !isOld) return;
    this.emitted = talking;
    this.emittedAt = now;
    this.emit(talking.map(({ producerId, history }) => ({ producerId, level: history.loudness - 127 })));
  }

  /**
   * Whether the talking sounds are those emitted last, with the same first one. Most decisions
   * change nothing.
   */
  private isAsEmitted(): boolean {
    let count = 0;
    let first: Sound | undefined;
    for (const sound of this.sounds) {
      if (!sound.isTalking) continue;
      if (!this.emitted.includes(sound)) return false;
      if (!first || this.rank(sound) > this.rank(first)) first = sound;
      count++;
    }
    return count === this.emitted.length && first === this.emitted[0];
  }

  private rank(sound: Sound): number {
    return sound.history.loudness + (sound === this.dominant ? 128 : 0);
  }
}

/** Milliseconds: a mark stays between words. */
const BETWEEN_WORDS = 2 * SPEAKER_INTERVAL;
/** Milliseconds: the length of a level history, and one decision more. */
const QUIET_AFTER = 1000 + SPEAKER_INTERVAL;
/** Milliseconds. */
const REPEAT_INTERVAL = 3000;
/**
 * More simultaneous talkers than listeners can distinguish occur in applause, which is no speech.
 */
const MOST_SPEAKERS = 8;
