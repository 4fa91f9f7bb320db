import type { Receiver } from './device.js';

/**
 * From one stream to the one that carries it on (R10): waits until there is something to be seen or heard of the new one, and for as long as the old one works
 * until the new one flows evenly; then leaves the page the time to show it before the old one is let go.
 */
export class SwitchOver {
  /** The old one is still to be shown. */
  waiting = true;
  #before: Receiver;
  #receiver: Receiver;
  #on: SwitchOverEvents;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waited = 0;
  #flowing = 0;

  constructor(before: Receiver, receiver: Receiver, on: SwitchOverEvents) {
    this.#before = before;
    this.#receiver = receiver;
    this.#on = on;
    this.#look();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    if (this.#receiver.flowing()) this.#flowing += LOOK_INTERVAL;
    const ready = this.#flowing > SETTLING || (this.#flowing > 0 && !this.#before.flowing(STALLED));
    if (ready || this.#on.paused() || this.#waited >= LONGEST_WAIT) this.#switch();
    else {
      this.#waited += LOOK_INTERVAL;
      this.#timer = setTimeout(() => this.#look(), LOOK_INTERVAL);
    }
  }

  #switch(): void {
    this.waiting = false;
    this.#timer = setTimeout(() => this.#on.onOver(), LET_GO_AFTER);
    this.#on.onSwitch();
  }
}

export interface SwitchOverEvents {
  /** Nothing comes of the stream, on either way. */
  paused(): boolean;
  onSwitch(): void;
  onOver(): void;
}

/** Milliseconds. Where the old stream has ended with its media node, the new one waits for the next look. */
const LOOK_INTERVAL = 50;

/** Milliseconds: the first pictures of a stream come unevenly, until the jitter buffer has found its length. */
const SETTLING = 700;

/** Milliseconds without anything of the old stream after which it does not work any more: no picture is waited for so long otherwise. */
const STALLED = 500;

/** Milliseconds: a key frame is asked for at once, but a busy machine may need seconds to connect; the old way ends 20 s after the new one began. */
const LONGEST_WAIT = 15_000;

/** Milliseconds for the page to show the first picture, also on a busy machine. */
const LET_GO_AFTER = 1_500;
