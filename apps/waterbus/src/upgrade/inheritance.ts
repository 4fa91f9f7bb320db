import type { ClusterChannel } from '@waterbus/cluster';
import type { Settings } from '../settings.js';
import type { Listener, SocketHandle } from './listener.js';
import {
  type Envelope,
  envelopeSchema,
  type News,
  type Order,
  type SocketName,
  SUCCESSION,
  SUCCESSION_VERSION,
  successionSchema,
  type TurnInbox,
} from './messages.js';
import type { Slot } from './slots.js';

/** The parts of the running system that take work over. */
export interface Successor {
  /** The gaps that participants saw in the last so many milliseconds. */
  gaps(within: number): Record<string, number>;
  listeners: readonly Listener[];
  turnDatagrams: { openInbox(): Promise<TurnInbox>; read(): void } | undefined;
}

/**
 * The side of the successor: what it receives from the process whose work it continues. If that
 * process dies, the successor starts and goes on without it.
 */
export class Inheritance {
  readonly #sockets = new Map<SocketName, SocketHandle>();
  #begin: Extract<Order, { type: 'begin' }> | undefined;
  /** Resolves when the predecessor has ended, or ends. */
  readonly alone: Promise<void>;
  readonly #begun: Promise<void>;
  readonly #databaseFree: Promise<void>;
  readonly #farewell: Promise<void>;
  #gaps: (within: number) => Record<string, number> = () => ({});
  #accept: (name: SocketName, connection: SocketHandle) => void = (_name, connection) => connection.close();
  /** The cluster of the predecessor, without Redis. */
  readonly channel = new ParentChannel();

  constructor(readonly slot: Slot) {
    let beAlone = () => {};
    let start = () => {};
    let lend = () => {};
    let bid = () => {};
    this.#farewell = new Promise((resolve) => {
      bid = resolve;
    });
    this.#databaseFree = new Promise((resolve) => {
      lend = resolve;
    });
    this.alone = new Promise((resolve) => {
      beAlone = resolve;
    });
    this.#begun = new Promise((resolve) => {
      start = resolve;
    });
    process.on('message', (message, sent) => {
      const handle = sent as unknown as SocketHandle | undefined;
      const envelope = envelopeSchema.safeParse(message).data;
      if (envelope?.kind !== 'order') return;
      const { body } = envelope;
      if (body.type === 'socket' && handle) this.#sockets.set(body.name, handle);
      if (body.type === 'connection' && handle) this.#accept(body.name, handle);
      if (body.type === 'begin') this.#begin = body;
      if (body.type === 'begin' || body.type === 'alone') start();
      if (body.type === 'database') lend();
      if (body.type === 'cluster') this.channel.received(body.message);
      if (body.type === 'gaps') send({ type: 'gaps', gaps: this.#gaps(body.within) });
      if (body.type === 'farewell') {
        bid();
        send({ type: 'farewell' });
      }
      if (body.type === 'alone') over();
    });
    const over = () => {
      start();
      lend();
      this.channel.close();
      beAlone();
    };
    process.once('disconnect', over);
  }

  /** The settings with the ports that the predecessor could open. */
  async settle(settings: Settings): Promise<Settings> {
    await this.#begun;
    const begin = this.#begin;
    if (!begin) return settings;
    const { httpPort, acme, redirect } = begin;
    return {
      ...settings,
      httpPort,
      acme: acme ? settings.acme : undefined,
      redirect: redirect ? settings.redirect : undefined,
    };
  }

  /** Undefined: this process opens the port itself. */
  socket(name: SocketName): SocketHandle | undefined {
    return this.#sockets.get(name);
  }

  /** Resolves when this process may open the embedded database. */
  async database(): Promise<void> {
    send({ type: 'database' });
    await this.#databaseFree;
  }

  /** Begins to take work over. */
  async ready({ gaps, listeners, turnDatagrams }: Successor): Promise<void> {
    const turnInbox = await turnDatagrams?.openInbox();
    // The predecessor closes its socket, or ends with it.
    const read = () => turnDatagrams?.read();
    void this.#farewell.then(read);
    void this.alone.then(read);
    this.#gaps = gaps;
    this.#accept = (name, connection) => {
      const listener = listeners.find((one) => one.name === name);
      if (listener) listener.accept(connection);
      else connection.close();
    };
    send({ type: 'ready', ...(turnInbox && { turnInbox }) });
  }

  /** Resolves when the message is on its way: the process may exit. */
  async failed(message: string): Promise<void> {
    await new Promise<void>((resolve) => send({ type: 'failed', message: message.slice(0, LONGEST) }, resolve));
  }
}

class ParentChannel implements ClusterChannel {
  #onMessage: (message: unknown) => void = () => {};
  #onClose = () => {};

  send(message: unknown): void {
    send({ type: 'cluster', message });
  }

  received(message: unknown): void {
    this.#onMessage(message);
  }

  close(): void {
    this.#onClose();
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#onMessage = listener;
  }

  onClose(listener: () => void): void {
    this.#onClose = listener;
  }
}

/** Undefined for a process that is not a successor. Rejects for one of another version. */
export function inheritance(environment: NodeJS.ProcessEnv = process.env): Inheritance | undefined {
  const text = environment[SUCCESSION];
  delete environment[SUCCESSION];
  if (text === undefined || !process.send) return undefined;
  const { version, slot } = successionSchema.parse(JSON.parse(text));
  const inherited = new Inheritance(slot);
  if (version === SUCCESSION_VERSION) return inherited;
  throw new OtherSuccession(inherited);
}

/** The running version cannot hand over to this one. */
export class OtherSuccession extends Error {
  constructor(readonly inherited: Inheritance) {
    super('The running version cannot hand over to this one without a restart');
  }
}

function send(body: News, sent: () => void = () => {}): void {
  if (!process.connected) sent();
  else process.send?.({ kind: 'news', body } satisfies Envelope, undefined, undefined, () => sent());
}

/** As in the schema. */
const LONGEST = 4000;
