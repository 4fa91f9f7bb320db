import type { Settings } from '../settings.js';
import type { Launcher, Successor } from './generations.js';
import type { Listener } from './listener.js';
import type { Launch } from './messages.js';
import { otherSlot, refusalOf, type Slot } from './slots.js';

/** The operations of the running system that an upgrade needs. */
export interface HandedOver {
  /** With the ports that it could open. */
  settings: Settings;
  listeners: readonly Listener[];
  /** Resolves when no participant is left here, at the deadline (R10), or on `stay`. */
  drain(): Promise<{ participants: number } | undefined>;
  stay(): void;
  close(): Promise<void>;
}

export type UpgradeErrorCode =
  | 'upgrade.refused'
  | 'upgrade.in_progress'
  | 'upgrade.start_failed'
  | 'upgrade.successor_lost'
  | 'upgrade.not_running';

/** The running version goes on. */
export class UpgradeError extends Error {
  constructor(
    readonly code: UpgradeErrorCode,
    message: string,
  ) {
    super(message);
  }
}

export interface Upgraded {
  /** Participants that had not moved at the deadline. */
  left: number;
  /** Milliseconds from the request until the successor was ready, and until the end of the drain. */
  readyAfter: number;
  movedAfter: number;
}

/** The side of the running process: starts a successor and hands its work over. */
export class HandingOver {
  #busy = false;

  constructor(
    private readonly system: HandedOver,
    private readonly slot: Slot,
    private readonly launcher: Launcher,
    private readonly startDeadline = START_DEADLINE,
  ) {}

  /**
   * Resolves when nobody is left here: the caller then closes the system. Rejects with an
   * `UpgradeError`; this process then runs as before.
   */
  async run(program: Omit<Launch, 'slot'>, progress: (line: string) => void = () => {}): Promise<Upgraded> {
    if (this.#busy) throw new UpgradeError('upgrade.in_progress', 'Another upgrade is in progress');
    const refusal = refusalOf(this.system.settings, this.slot);
    if (refusal) throw new UpgradeError('upgrade.refused', `${refusal}. Restart instead.`);
    this.#busy = true;
    try {
      return await this.#handOver(program, progress);
    } catch (error) {
      this.#busy = false;
      throw error;
    }
  }

  async #handOver(program: Omit<Launch, 'slot'>, progress: (line: string) => void): Promise<Upgraded> {
    const began = performance.now();
    const since = () => Math.round(performance.now() - began);
    const waiting = new Waiting();
    const successor = this.launcher({ ...program, slot: otherSlot(this.slot) }, waiting);
    try {
      progress('Starting the new version beside the running one.');
      this.#endow(successor);
      await waiting.ready(this.startDeadline);
    } catch (error) {
      successor.end();
      throw error;
    }
    const readyAfter = since();
    progress('The new version is ready. Moving everybody over.');
    const { listeners } = this.system;
    for (const listener of listeners) listener.stop();
    try {
      const drained = await Promise.race([this.system.drain(), waiting.lost]);
      await Promise.race([Promise.all(listeners.map((listener) => listener.idle(REQUEST_DEADLINE))), waiting.lost]);
      return { left: drained?.participants ?? 0, readyAfter, movedAfter: since() };
    } catch (error) {
      await this.#goOn();
      throw error;
    }
  }

  #endow(successor: Successor): void {
    const { settings, listeners } = this.system;
    for (const { name, handle } of listeners) if (handle) successor.send({ type: 'socket', name }, handle);
    const { httpPort, acme, redirect } = settings;
    successor.send({ type: 'begin', httpPort, acme: acme !== undefined, redirect: redirect !== undefined });
  }

  /** The successor is lost: its sockets are closed, and this process takes newcomers again. */
  async #goOn(): Promise<void> {
    for (const listener of this.system.listeners) await listener.resume();
    this.system.stay();
  }
}

/** The news of one successor as promises. */
class Waiting {
  #ready: () => void = () => {};
  #lose: (error: Error) => void = () => {};
  #isReady = false;
  #failure: string | undefined;
  readonly #becameReady = new Promise<void>((resolve) => {
    this.#ready = resolve;
  });
  /** Rejects when the successor has ended. */
  readonly lost = new Promise<never>((_resolve, reject) => {
    this.#lose = reject;
  });

  constructor() {
    this.lost.catch(() => {});
  }

  onNews = (news: { type: string; message?: string }) => {
    if (news.type === 'failed') this.#failure = news.message;
    if (news.type !== 'ready') return;
    this.#isReady = true;
    this.#ready();
  };

  onEnded = (how: string) => {
    const [code, text] = this.#isReady
      ? (['upgrade.successor_lost', `The new version ended (${how}) while people moved to it`] as const)
      : (['upgrade.start_failed', this.#failure ?? `The new version ended at its start (${how})`] as const);
    this.#lose(new UpgradeError(code, text));
  };

  async ready(deadline: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const text = `The new version was not ready within ${deadline / 1000} s`;
      timer = setTimeout(() => reject(new UpgradeError('upgrade.start_failed', text)), deadline);
    });
    await Promise.race([this.#becameReady, this.lost, late]).finally(() => clearTimeout(timer));
  }
}

/** Milliseconds. A migration of a large database may take minutes. */
const START_DEADLINE = 300_000;

/** Milliseconds for requests that are being answered. Event streams end then and open again. */
const REQUEST_DEADLINE = 3_000;
