import type { Receiver } from '../webrtc/device.js';

/**
 * The change from one stream to the one that carries it on (R10): waits until the new one can be
 * seen or heard, and, while the old one works, until the new one flows evenly; then the page gets
 * time to show it before the old one is dropped.
 */
export class SwitchOver {
  /** The old one must still be shown. */
  waiting = true;
  #before: Receiver;
  #receiver: Receiver;
  #on: SwitchOverEvents;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waited = 0;
  #flowing = 0;
  #longestGap = 0;

  constructor(before: Receiver, receiver: Receiver, on: SwitchOverEvents) {
    this.#before = before;
    this.#receiver = receiver;
    this.#on = on;
    waiting += 1;
    this.#check(0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#settle();
  }

  #check(passed: number): void {
    if (!this.#on.paused()) this.#longestGap = Math.max(this.#longestGap, this.#before.idleFor());
    if (this.#receiver.flowing()) this.#flowing += Math.max(passed, CHECK_INTERVAL);
    const ready = this.#flowing > SETTLING || (this.#flowing > 0 && !this.#before.flowing(STALLED));
    if (ready || this.#on.paused() || this.#waited >= LONGEST_WAIT) this.#switch();
    else {
      const interval = CHECK_INTERVAL * Math.ceil(waiting / AT_ONCE);
      this.#waited += interval;
      this.#timer = setTimeout(() => this.#check(interval), interval);
    }
  }

  #settle(): void {
    if (this.waiting) waiting -= 1;
    this.waiting = false;
  }

  #switch(): void {
    this.#settle();
    this.#timer = setTimeout(() => this.#on.onOver(Math.round(this.#longestGap)), LET_GO_AFTER);
    this.#on.onSwitch();
  }
}

export interface SwitchOverEvents {
  /** No media of the stream arrive, on either path. */
  paused(): boolean;
  onSwitch(): void;
  /** `gap`: the longest time, in milliseconds, in which the shown stream stood still meanwhile. */
  onOver(gap: number): void;
}

/** Of this page. */
let waiting = 0;

/**
 * Streams that are looked at in each interval; with more of them, intervals are longer. Each look
 * waits for the browser's thread of media, and in a call of 50 people 100 streams change at once.
 */
const AT_ONCE = 16;

/**
 * Milliseconds. Where the old stream has ended with its media node, the new one waits for the next
 * look.
 */
const CHECK_INTERVAL = 50;

/**
 * Milliseconds: the first pictures of a stream arrive unevenly, until the jitter buffer has found
 * its length.
 */
const SETTLING = 700;

/**
 * Milliseconds without media of the old stream after which it counts as broken: no picture takes so
 * long otherwise.
 */
const STALLED = 500;

/**
 * Milliseconds: a key frame is requested at once, but a busy machine may need seconds to connect;
 * the old path ends 20 s after the new one began.
 */
const LONGEST_WAIT = 15_000;

/** Milliseconds for the page to show the first picture, also on a busy machine. */
const LET_GO_AFTER = 1_500;
