import type { TransportState } from '../webrtc/device.js';

export type Direction = 'send' | 'receive';

/** The events that a transport reports. */
export interface TransportHealth {
  state(state: TransportState): void;
  /** No packets arrive through it although some should, or packets arrive again. */
  silent(isSilent: boolean): void;
  /**
   * Another transport replaces it, or it carries no media any more. `expected`: its media move
   * elsewhere without it, and a working transport may carry them.
   */
  closed(expected?: boolean): void;
}

/**
 * Whether media get through, in each direction: they do not while a transport that was connected
 * does not work, or a new one does not connect. A loss ends when a transport in the same direction
 * works, not when the broken one is given up.
 */
export class MediaHealth {
  #changed: () => void;
  #directions: Record<Direction, DirectionHealth>;

  constructor(changed: () => void) {
    this.#changed = changed;
    const one = () => new DirectionHealth(() => this.#changed());
    this.#directions = { send: one(), receive: one() };
  }

  /** Whether a transport of the direction does not work. */
  lost(direction: Direction): boolean {
    return this.#directions[direction].lost;
  }

  /** Whether media get through another transport than those that are lost or silent. */
  partly(direction: Direction): boolean {
    return this.#directions[direction].partly;
  }

  /** Whether no packets arrive through a transport; whether it still sends is unknown then. */
  silent(direction: Direction): boolean {
    return this.#directions[direction].silent;
  }

  /** Whether a transport does not connect, and no transport has been connected yet. */
  get neverConnected(): boolean {
    const both = Object.values(this.#directions);
    return both.some(({ lost }) => lost) && !both.some(({ hasConnected }) => hasConnected);
  }

  /** Whether a transport of the direction has been connected once. */
  hasConnected(direction: Direction): boolean {
    return this.#directions[direction].hasConnected;
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
  partly = false;
  /** A transport has been connected once. */
  hasConnected = false;
  #changed: () => void;
  /** Open transports; true: it does not work. */
  #transports = new Map<TransportHealth, boolean>();
  /** Those of them that have been connected. */
  #connected = new Set<TransportHealth>();
  #silent = new Set<TransportHealth>();
  #timers = new Map<TransportHealth, ReturnType<typeof setTimeout>>();
  /** A transport that did not work was given up, and none that was opened since has worked. */
  #orphaned = false;
  /** Open when the transport was given up: they work without carrying its media. */
  #others = new Set<TransportHealth>();
  #forget: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  transport(): TransportHealth {
    const health: TransportHealth = {
      state: (state) => this.#stateChanged(health, state),
      silent: (isSilent) => this.#becomes(health, isSilent),
      closed: (expected = false) => this.#closed(health, expected),
    };
    this.#transports.set(health, false);
    return health;
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    clearTimeout(this.#forget);
    this.#timers.clear();
    this.#silent.clear();
    this.#connected.clear();
    this.#others.clear();
    this.#transports.clear();
  }

  #becomes(health: TransportHealth, isSilent: boolean): void {
    if (!this.#transports.has(health)) return;
    if (isSilent) this.#silent.add(health);
    else this.#silent.delete(health);
    this.#update();
  }

  #stateChanged(health: TransportHealth, state: TransportState): void {
    if (!this.#transports.has(health)) return;
    switch (state) {
      case 'connected':
        this.hasConnected = true;
        this.#connected.add(health);
        if (!this.#others.has(health)) this.#replaced();
        this.#mark(health, false);
        return;
      case 'connecting':
        // An ICE restart passes through this state too: a transport that did not work before does
        // not work yet.
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
    this.#update();
  }

  #closed(health: TransportHealth, expected: boolean): void {
    const broken = this.#transports.get(health);
    if (broken === undefined) return;
    clearTimeout(this.#timers.get(health));
    this.#timers.delete(health);
    this.#transports.delete(health);
    this.#connected.delete(health);
    this.#others.delete(health);
    const others = [...this.#transports.keys()];
    if ((this.#silent.delete(health) || broken) && !(expected && others.some((other) => this.#works(other)))) {
      this.#orphaned = true;
      for (const other of others) this.#others.add(other);
      this.#forgetLater();
    }
    this.#update();
  }

  #forgetLater(): void {
    clearTimeout(this.#forget);
    this.#forget = setTimeout(() => {
      // A transport that connects now soon proves to work, or not to.
      if (this.#timers.size > 0) this.#forgetLater();
      else this.#replaced();
      this.#update();
    }, REPLACED_WITHIN);
  }

  /**
   * Another transport works, or none replaces the broken one: its media are not needed, or take
   * another path.
   */
  #replaced(): void {
    clearTimeout(this.#forget);
    this.#orphaned = false;
    this.#others.clear();
  }

  #works(health: TransportHealth): boolean {
    return this.#connected.has(health) && !this.#transports.get(health) && !this.#silent.has(health);
  }

  #update(): void {
    const lost = this.#orphaned || [...this.#transports.values()].includes(true);
    const silent = this.#silent.size > 0;
    const partly = (lost || silent) && [...this.#transports.keys()].some((health) => this.#works(health));
    if (lost === this.lost && silent === this.silent && partly === this.partly) return;
    this.lost = lost;
    this.silent = silent;
    this.partly = partly;
    this.#changed();
  }
}

/**
 * Milliseconds: a few lost checks often heal by themselves. Chromium on a busy machine took eight
 * seconds to report them.
 */
const DISCONNECTED_FOR = 1_000;

/** Milliseconds: a connection on a busy machine or over a slow network takes less. */
const LONGEST_CONNECTING = 4_500;

/**
 * Milliseconds within which a new transport is opened and connected if one is needed, while the
 * servers answer.
 */
const REPLACED_WITHIN = 10_000;
