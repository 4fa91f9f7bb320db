// Hot path: no allocation per packet.
import type { RtpHeader } from '../rtp/header.js';

/**
 * The loudness of one producer in each 20 ms of the last second. Levels are laid on a time line,
 * not counted by packets: a publisher with discontinuous transmission sends 50 packets a second
 * during speech and two or three otherwise.
 */
export class LevelHistory {
  /** Filled by `measure`: quantised loudness of the last 60 ms, 0 to `IMMEDIATE_STEPS`. */
  immediate = 0;
  /** Loud units of the last 100 ms, 0 to `UNITS_PER_MEDIUM`. */
  medium = 0;
  /** Loud 100 ms of the last second, 0 to `MEDIUMS_PER_LONG`. */
  long = 0;
  /** Loud 100 ms of the last 300 ms. */
  recent = 0;
  /** The mean of the loud units of the last 300 ms, 0 (silence) to 127 (the loudest); 0 without any. */
  loudness = 0;
  /** Whether any of the values above was not 0. */
  wasActive = false;
  /** The level without speech: fans, hum, distant voices. */
  private floor = LOWEST_FLOOR;
  /** Loudness above the floor by unit, a ring. */
  private readonly units = new Uint8Array(RING);
  /** The newest unit written, counted from the clock's zero. */
  private newest = -1;
  /** Units behind the newest that no packet has described: from `oldestFree` to `newestFree`. */
  private oldestFree = 0;
  private newestFree = -1;
  private previousTimestamp = 0;
  private hasPrevious = false;

  /**
   * Records a packet. `loudness` is 0 (silence) to 127. A burst after a stall describes the stall,
   * because the units of a packet go to the time before it where that is free.
   */
  note(
    loudness: number,
    { timestamp, arrivedAt }: Pick<RtpHeader, 'timestamp' | 'arrivedAt'>,
    clockRate: number,
  ): void {
    const duration = this.hasPrevious ? (((timestamp - this.previousTimestamp) | 0) * 1000) / clockRate : UNIT;
    this.previousTimestamp = timestamp;
    this.hasPrevious = true;
    // A duration longer than any packet means a pause before it; zero or less means a reordered
    // packet or a new time base.
    const known = duration > 0 && duration <= LONGEST_PACKET;
    const count = known ? Math.max(1, Math.round(duration / UNIT)) : 1;
    const isPart = known && duration < UNIT;
    this.learnFloor(loudness, count);
    const step = Math.max(0, loudness - this.floor);
    const unit = Math.max(Math.floor(arrivedAt / UNIT), this.newest);
    let left = count;
    if (unit > this.newest) {
      this.moveTo(unit);
      this.write(unit, step);
      left--;
    } else if (isPart) {
      this.write(unit, step);
      return;
    }
    for (; left > 0 && this.newestFree >= this.oldestFree; left--) this.write(this.newestFree--, step);
  }

  /** Counts the loud units until `now`, milliseconds. */
  measure(now: number): void {
    const last = Math.floor(now / UNIT) - 1;
    let [long, medium, recent, loudUnits, sum] = [0, 0, 0, 0, 0];
    for (let block = 0; block < MEDIUMS_PER_LONG; block++) {
      let loud = 0;
      for (let i = 0; i < UNITS_PER_MEDIUM; i++) {
        const above = this.at(last - block * UNITS_PER_MEDIUM - i);
        if (above < LOUD) continue;
        loud++;
        if (block >= RECENT_MEDIUMS) continue;
        loudUnits++;
        sum += above;
      }
      if (block === 0) medium = loud;
      if (loud < LOUD_UNITS) continue;
      long++;
      if (block < RECENT_MEDIUMS) recent++;
    }
    const mean = (this.at(last) + this.at(last - 1) + this.at(last - 2)) / 3;
    this.immediate = Math.min(IMMEDIATE_STEPS, Math.floor(mean / STEP));
    this.medium = medium;
    this.long = long;
    this.recent = recent;
    this.loudness = loudUnits === 0 ? 0 : Math.min(127, Math.round(sum / loudUnits + this.floor));
    this.wasActive = this.immediate > 0 || medium > 0 || long > 0 || loudUnits > 0;
  }

  /** Whether this loudness exceeds the producer's level without speech. */
  isLoud(loudness: number): boolean {
    return loudness - this.floor >= LOUD;
  }

  private at(unit: number): number {
    return unit > this.newest || unit <= this.newest - RING || unit < 0 ? 0 : this.units[unit & (RING - 1)]!;
  }

  private moveTo(unit: number): void {
    const first = Math.max(this.newest + 1, unit - RING + 1);
    for (let free = first; free < unit; free++) this.units[free & (RING - 1)] = 0;
    this.units[unit & (RING - 1)] = 0;
    this.oldestFree = first;
    this.newestFree = unit - 1;
    this.newest = unit;
  }

  private write(unit: number, step: number): void {
    const slot = unit & (RING - 1);
    if (step > this.units[slot]!) this.units[slot] = step;
  }

  private learnFloor(loudness: number, units: number): void {
    if (loudness < this.floor) this.floor -= (this.floor - loudness) * FLOOR_FALL * units;
    else this.floor += FLOOR_RISE * units;
    this.floor = Math.min(HIGHEST_FLOOR, Math.max(LOWEST_FLOOR, this.floor));
  }
}

/** Milliseconds: the usual packet of Opus. */
export const UNIT = 20;
/** The three time scales of Volfin and Cohen, and how they are counted (section III of their paper). */
export const IMMEDIATE_STEPS = 13;
export const UNITS_PER_MEDIUM = 5;
export const MEDIUMS_PER_LONG = 10;
/** 100 ms with as many loud units are loud: a key click is shorter. */
const LOUD_UNITS = 3;
/** 300 ms: the period of one decision. */
const RECENT_MEDIUMS = 3;
/** Power of two, more than a second. */
const RING = 64;
/** Decibels: thirteen steps reach from the floor to the loudest voice. */
const STEP = 5;
/** Decibels above the floor at which sound is a voice, not its room. */
const LOUD = 12;
/** Milliseconds; Opus packets are no longer (RFC 6716 section 2.1.4). */
const LONGEST_PACKET = 120;
/** Speech has pauses of a tenth of a second: the floor must come down within one, ... */
const FLOOR_FALL = 0.2;
/** ... and rise more slowly than any speech without a pause: half a decibel a second. */
const FLOOR_RISE = 0.01;
/**
 * Loudness of -72 dBov: lower levels are not distinguished; and of -45 dBov: above it speech may be
 * continuous.
 */
const LOWEST_FLOOR = 55;
const HIGHEST_FLOOR = 82;
