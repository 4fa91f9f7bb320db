import type { TransportState } from '../media/device.js';

export type Direction = 'send' | 'receive';

/** What a transport reports of itself. */
export interface TransportHealth {
  state(state: TransportState): void;
  /** Nothing comes through it although something should, or something comes again. */
  silent(isSilent: boolean): void;
  /** Another one takes its place, or nothing goes through it any more. */
  closed(): void;
}

/**
 * Whether media get through, in each direction: not while a transport that was connected does not work, or a new one does not
 * connect. A trouble ends when a transport in the same direction works, not when the broken one is given up.
 */
export class MediaHealth {
  #changed: () => void;
  #directions: Record<Direction, DirectionHealth>;

  constructor(changed: () => void) {
    this.#changed = changed;
    const one = () => new DirectionHealth(() => this.#changed());
    this.#directions = { send: one(), receive: one() };
  }

  /** Whether nothing gets through. */
  lost(direction: Direction): boolean {
    return this.#directions[direction].lost;
  }

  /** Whether nothing comes through a transport; whether something leaves by it is not known then. */
  silent(direction: Direction): boolean {
    return this.#directions[direction].silent;
  }

  transport(direction: Direction): TransportHealth {
    return this.#directions[direction].transport();
  }

  close(): void {
    for (const direction of Object.values(this.#directions)) direction.close();
  }
}

class DirectionHealth {
  lost = false;
  silent = false;
  #changed: () => void;
  /** Open transports; true: it does not work. */
  #transports = new Map<TransportHealth, boolean>();
  #silent = new Set<TransportHealth>();
  #timers = new Map<TransportHealth, ReturnType<typeof setTimeout>>();
  /** A transport that did not work was given up, and none has worked since. */
  #orphaned = false;
  #forget: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  transport(): TransportHealth {
    const health: TransportHealth = {
      state: (state) => this.#heard(health, state),
      silent: (isSilent) => this.#becomes(health, isSilent),
      closed: () => this.#closed(health),
    };
    this.#transports.set(health, false);
    clearTimeout(this.#forget);
    return health;
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    clearTimeout(this.#forget);
    this.#timers.clear();
    this.#silent.clear();
    this.#transports.clear();
  }

  #becomes(health: TransportHealth, isSilent: boolean): void {
    if (!this.#transports.has(health)) return;
    if (isSilent) this.#silent.add(health);
    else this.#silent.delete(health);
    this.#look();
  }

  #heard(health: TransportHealth, state: TransportState): void {
    if (!this.#transports.has(health)) return;
    switch (state) {
      case 'connected':
        this.#orphaned = false;
        this.#mark(health, false);
        return;
      case 'connecting':
        // An ICE restart goes through this state too: what did not work before does not work yet.
        if (!this.#transports.get(health)) this.#later(health, LONGEST_CONNECTING);
        return;
      case 'disconnected':
        this.#later(health, DISCONNECTED_FOR);
        return;
      case 'failed':
        this.#mark(health, true);
        return;
      case 'new':
      case 'closed':
        return;
    }
  }

  #later(health: TransportHealth, milliseconds: number): void {
    if (this.#timers.has(health)) return;
    this.#timers.set(
      health,
      setTimeout(() => this.#mark(health, true), milliseconds),
    );
  }

  #mark(health: TransportHealth, broken: boolean): void {
    clearTimeout(this.#timers.get(health));
    this.#timers.delete(health);
    this.#transports.set(health, broken);
    this.#look();
  }

  #closed(health: TransportHealth): void {
    const broken = this.#transports.get(health);
    if (broken === undefined) return;
    clearTimeout(this.#timers.get(health));
    this.#timers.delete(health);
    this.#transports.delete(health);
    if (this.#silent.delete(health) || broken) {
      this.#orphaned = true;
      this.#forget = setTimeout(() => this.#giveUp(), REPLACED_WITHIN);
    }
    this.#look();
  }

  /** Nothing took the broken one's place: there is nothing to send or receive any more. */
  #giveUp(): void {
    if (this.#transports.size > 0) return;
    this.#orphaned = false;
    this.#look();
  }

  #look(): void {
    const lost = this.#orphaned || [...this.#transports.values()].includes(true);
    const silent = this.#silent.size > 0;
    if (lost === this.lost && silent === this.silent) return;
    this.lost = lost;
    this.silent = silent;
    this.#changed();
  }
}

/** Milliseconds: a few lost checks often heal by themselves. Chromium on a busy machine took eight seconds to report them. */
const DISCONNECTED_FOR = 1_000;

/** Milliseconds: a connection on a busy machine or over a slow network takes less. */
const LONGEST_CONNECTING = 4_500;

/** Milliseconds in which a new transport is opened if one is needed, while the servers answer. */
const REPLACED_WITHIN = 10_000;
