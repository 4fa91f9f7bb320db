import type { ClusterChannel } from '@waterbus/cluster';
import type { Settings } from '../settings.js';
import type { Launcher, Successor } from './generations.js';
import type { Listener, SocketHandle } from './listener.js';
import type { Launch, News, Order, TurnInbox } from './messages.js';
import { otherSlot, refusalOf, type Slot } from './slots.js';

/** The operations of the running system that an upgrade needs. */
export interface HandedOver {
  /** With the ports that it could open. */
  settings: Settings;
  listeners: readonly Listener[];
  /** TURN's UDP port. */
  turnDatagrams: TurnDatagrams | undefined;
  /** Resolves when no participant is left here, at the deadline (R10), or on `stay`. */
  drain(): Promise<{ participants: number } | undefined>;
  stay(): void;
  /** Closes the embedded database for the successor, and opens it again. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** The longest gap of each participant whose streams moved in the last so many milliseconds. */
  gaps(within: number): Record<string, number>;
  /** Serves the cluster of this process to the successor. Undefined with Redis. */
  share(channel: ClusterChannel): { handOver(): Promise<void> } | undefined;
  close(): Promise<void>;
}

/** A UDP port that this process reads, and from which both send. */
export interface TurnDatagrams {
  readonly handle: SocketHandle | undefined;
  /** Sends what arrives from unknown clients to the inbox of the successor; undefined: no more. */
  divert(inbox: TurnInbox | undefined): void;
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
  /** Milliseconds, the longest of each participant, sorted. */
  gaps: number[];
}

/** The side of the running process: starts a successor and hands its work over. */
export class HandingOver {
  #busy = false;
  #last: () => Promise<void> = async () => {};

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
    const waiting = new Waiting(() => this.#lend(successor, waiting));
    const successor = this.launcher({ ...program, slot: otherSlot(this.slot) }, waiting);
    waiting.send = (order) => successor.send(order);
    try {
      progress('Starting the new version beside the running one.');
      const shared = this.system.share(waiting.channel);
      this.#endow(successor);
      await waiting.ready(this.startDeadline);
      const readyAfter = since();
      progress('The new version is ready. Moving everybody over.');
      const { listeners } = this.system;
      this.system.turnDatagrams?.divert(waiting.turnInbox);
      for (const listener of listeners) {
        listener.stop();
        const { name } = listener;
        for (const held of listener.release()) successor.send({ type: 'connection', name }, held, () => held.close());
      }
      const drained = await Promise.race([this.system.drain(), waiting.lost]);
      await Promise.race([Promise.all(listeners.map((listener) => listener.idle(REQUEST_DEADLINE))), waiting.lost]);
      this.#last = async () => {
        await Promise.all(listeners.map((listener) => listener.end()));
        await this.system.close();
        await shared?.handOver();
        successor.send({ type: 'farewell' });
        await Promise.race([waiting.farewell, waiting.lost]).catch(() => {});
      };
      const movedAfter = since();
      const gaps = await this.#gaps(successor, waiting, movedAfter - readyAfter);
      return { left: drained?.participants ?? 0, readyAfter, movedAfter, gaps };
    } catch (error) {
      successor.end();
      await waiting.lost.catch(() => {});
      await this.#goOn();
      throw error;
    }
  }

  /** Clients report to the server that is their home by then. */
  async #gaps(successor: Successor, waiting: Waiting, within: number): Promise<number[]> {
    successor.send({ type: 'gaps', within });
    const [here, there] = [this.system.gaps(within), await Promise.race([waiting.gaps, waiting.lost])];
    const participants = [...new Set([...Object.keys(here), ...Object.keys(there)])];
    return participants.map((id) => Math.max(here[id] ?? 0, there[id] ?? 0)).sort((a, b) => a - b);
  }

  /** After `run`: closes the system and sends the successor the rest. */
  async leave(): Promise<void> {
    await this.#last();
  }

  #endow(successor: Successor): void {
    const { settings, listeners, turnDatagrams } = this.system;
    if (turnDatagrams?.handle) successor.send({ type: 'socket', name: 'turn-udp' }, turnDatagrams.handle);
    for (const { name, handle } of listeners) if (handle) successor.send({ type: 'socket', name }, handle);
    const { httpPort, acme, redirect } = settings;
    successor.send({ type: 'begin', httpPort, acme: acme !== undefined, redirect: redirect !== undefined });
  }

  /**
   * The successor needs the embedded database. New connections wait, unread, until it is ready, and
   * go to it.
   */
  async #lend(successor: Successor, waiting: Waiting): Promise<void> {
    try {
      const { listeners } = this.system;
      for (const listener of listeners) listener.hold();
      await Promise.all(listeners.map((listener) => listener.idle(REQUEST_DEADLINE)));
      await this.system.suspend();
      successor.send({ type: 'database' });
    } catch (error) {
      waiting.fail(new UpgradeError('upgrade.start_failed', `The database could not be closed: ${String(error)}`));
    }
  }

  /** The successor has ended, and the kernel has released its sockets and locks. */
  async #goOn(): Promise<void> {
    this.system.turnDatagrams?.divert(undefined);
    await this.system.resume();
    for (const listener of this.system.listeners) await listener.resume();
    this.system.stay();
  }
}

/** The news of one successor as promises, and its side of the cluster. */
class Waiting {
  send: (order: Order) => void = () => {};
  readonly #ready = new Signal();
  readonly #farewell = new Signal();
  #lose: (error: Error) => void = () => {};
  #fail: (error: Error) => void = () => {};
  #isReady = false;
  turnInbox: TurnInbox | undefined;
  #failure: string | undefined;
  #onMessage: (message: unknown) => void = () => {};
  #onClose = () => {};
  #haveGaps: (gaps: Record<string, number>) => void = () => {};
  readonly gaps = new Promise<Record<string, number>>((resolve) => {
    this.#haveGaps = resolve;
  });
  /** Rejects when the successor has ended. */
  readonly lost = new Promise<never>((_resolve, reject) => {
    this.#lose = reject;
  });
  readonly #failed = new Promise<never>((_resolve, reject) => {
    this.#fail = reject;
  });

  constructor(private readonly onDatabase: () => Promise<void>) {
    this.lost.catch(() => {});
    this.#failed.catch(() => {});
  }

  get farewell(): Promise<void> {
    return this.#farewell.given;
  }

  onNews(news: News): void {
    if (news.type === 'failed') this.#failure = news.message;
    if (news.type === 'database') void this.onDatabase();
    if (news.type === 'cluster') this.#onMessage(news.message);
    if (news.type === 'gaps') this.#haveGaps(news.gaps);
    if (news.type === 'farewell') this.#farewell.give();
    if (news.type !== 'ready') return;
    this.#isReady = true;
    this.turnInbox = news.turnInbox;
    this.#ready.give();
  }

  onEnded(how: string): void {
    const [code, text] = this.#isReady
      ? (['upgrade.successor_lost', `The new version ended (${how}) while people moved to it`] as const)
      : (['upgrade.start_failed', this.#failure ?? `The new version ended at its start (${how})`] as const);
    this.#onClose();
    this.#lose(new UpgradeError(code, text));
  }

  fail(error: UpgradeError): void {
    this.#fail(error);
  }

  channel: ClusterChannel = {
    send: (message) => this.send({ type: 'cluster', message }),
    onMessage: (listener) => {
      this.#onMessage = listener;
    },
    onClose: (listener) => {
      this.#onClose = listener;
    },
  };

  async ready(deadline: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const text = `The new version was not ready within ${deadline / 1000} s`;
      timer = setTimeout(() => reject(new UpgradeError('upgrade.start_failed', text)), deadline);
    });
    await Promise.race([this.#ready.given, this.lost, this.#failed, late]).finally(() => clearTimeout(timer));
  }
}

class Signal {
  give: () => void = () => {};
  readonly given = new Promise<void>((resolve) => {
    this.give = resolve;
  });
}

/** Milliseconds. A migration of a large database may take minutes. */
const START_DEADLINE = 300_000;

/** Milliseconds for requests that are being answered. Event streams end then and open again. */
const REQUEST_DEADLINE = 3_000;
