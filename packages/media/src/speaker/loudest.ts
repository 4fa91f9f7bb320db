// Hot path: no allocation per packet.
import type { Sound } from './sound.js';

/**
 * Decides which sounds of a router are forwarded: all of them up to `limit`, above it the loudest.
 * A sound is admitted with the packet that shows it loud, in place of the one that has been silent
 * the longest; it replaces a talking one only if it is clearly louder than the quietest. A
 * participant that begins to talk takes the turn of one that has just ended.
 */
export class Loudest {
  private readonly heard: Sound[] = [];

  /** `limit` 0: no limit. */
  constructor(private limit: number) {}

  /** With a higher limit other sounds enter with their next packet. */
  setLimit(limit: number): void {
    this.limit = limit;
    if (limit === 0) return;
    // Talking sounds stay before silent ones.
    this.heard.sort((one, other) => other.activeAt - one.activeAt);
    for (const sound of this.heard.splice(limit)) sound.isHeard = false;
  }

  add(sound: Sound): void {
    sound.isHeard = this.hasRoom();
    if (sound.isHeard) this.heard.push(sound);
  }

  remove(sound: Sound): void {
    const at = this.heard.indexOf(sound);
    if (at >= 0) this.heard.splice(at, 1);
  }

  /** Decides about a sound that is not forwarded and has just sent a packet. Milliseconds. */
  admit(sound: Sound, now: number): boolean {
    if (this.hasRoom()) this.heard.push(sound);
    else {
      const at = this.replaceable(sound, now);
      if (at < 0) return false;
      this.heard[at]!.isHeard = false;
      this.heard[at]!.heardUntil = now;
      this.heard[at] = sound;
    }
    sound.isHeard = true;
    sound.heardSince = now;
    return true;
  }

  private hasRoom(): boolean {
    return this.limit === 0 || this.heard.length < this.limit;
  }

  /** The place of the sound that makes room for `sound`, or -1. */
  private replaceable(sound: Sound, now: number): number {
    // Only a sound that is loud now may replace others; the test also avoids the search for most
    // packets.
    if (sound.activeAt !== now) return -1;
    const begins = now - sound.begunAt < BEGINNING;
    const hangover = begins || now - sound.heardUntil < HANGOVER ? TURN : HANGOVER;
    let silent = -1;
    let quietest = -1;
    for (let i = 0; i < this.heard.length; i++) {
      const other = this.heard[i]!;
      if (now - other.activeAt >= hangover) {
        if (silent < 0 || other.activeAt < this.heard[silent]!.activeAt) silent = i;
      } else if (quietest < 0 || other.loudness < this.heard[quietest]!.loudness) quietest = i;
    }
    if (silent >= 0) return silent;
    if (quietest < 0) return -1;
    const rival = this.heard[quietest]!;
    if (now - rival.heardSince < SHORTEST_STAY) return -1;
    return sound.loudness >= rival.loudness + MARGIN ? quietest : -1;
  }
}

/**
 * Milliseconds: a sound keeps its place in a pause for breath, even if others talk all the time.
 */
const HANGOVER = 2000;
/**
 * Milliseconds of silence after which a sound that begins to talk has the turn, as has one that
 * goes on after such an interjection: longer than the pauses between words (some 200), or the sound
 * with the turn would be cut off there.
 */
const TURN = 260;
/** Milliseconds after its start for which a sound counts as beginning to talk. */
const BEGINNING = 1000;
/**
 * Milliseconds: an exchange costs receivers a burst, and a voice that comes and goes is less
 * intelligible than one that stays away.
 */
const SHORTEST_STAY = 500;
/** Decibels by which a newcomer must be louder, so that two equal voices do not take turns. */
const MARGIN = 6;
