import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { collectGarbage } from './collect-garbage.js';
import type { SocketHandle } from './listener.js';
import {
  type Envelope,
  envelopeSchema,
  type Launch,
  type News,
  type Order,
  SUCCESSION,
  SUCCESSION_VERSION,
} from './messages.js';

/** A successor as its predecessor sees it, whichever process is its parent. */
export interface Successor {
  /** `sent`: the process may close its own copy of the socket. */
  send(order: Order, handle?: SocketHandle, sent?: () => void): void;
  end(): void;
}

export interface SuccessorEvents {
  onNews(news: News): void;
  /** `how`: its exit code or signal. */
  onEnded(how: string): void;
}

export type Launcher = (launch: Launch, events: SuccessorEvents) => Successor;

/**
 * The processes of one installation: the first, which a terminal, systemd or a container started,
 * and those that upgrades started. The first process is the parent of all others and stays when its
 * own work is over: it forwards signals, starts successors for the running process, and ends with
 * it. So whoever started Waterbus sees one process all the time.
 */
export class Generations {
  /** Undefined: this process runs the system itself. */
  #running: ChildProcess | undefined;
  #next: { child: ChildProcess; events: SuccessorEvents } | undefined;
  #over = false;

  constructor(private readonly exit: (code: number) => void = (code) => process.exit(code)) {}

  readonly launch: Launcher = (launch, events) => {
    this.#next?.child.kill('SIGKILL');
    const child = start(launch);
    const next = { child, events };
    this.#next = next;
    child.on('message', (message, handle) =>
      this.#received(child, message, handle as unknown as SocketHandle | undefined),
    );
    child.on('error', (error) => this.#ended(child, String(error), 1));
    child.on('exit', (code, signal) => {
      const ended = () => this.#ended(child, signal ?? `code ${code}`, code ?? 1);
      // Its last messages come before the end of the channel.
      if (child.connected) child.once('disconnect', ended);
      else ended();
    });
    return {
      send: (body, handle, sent) => post(child, { kind: 'order', body }, handle, sent),
      end: () => void child.kill('SIGKILL'),
    };
  };

  /** This process has no work left. It goes on for its successor, or exits. */
  over(): void {
    this.#over = true;
    if (this.#next) this.#promote();
    else if (!this.#running) this.exit(0);
  }

  /** Resolves when a successor that has got the same signal has ended, or after some seconds. */
  async ended(): Promise<void> {
    const child = this.#next?.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      setTimeout(resolve, END_DEADLINE);
    });
  }

  /**
   * Returns whether only other processes run the system. Until then a successor that starts gets
   * the signals that end, and the request for an upgrade is this process's own.
   */
  signal(name: NodeJS.Signals): boolean {
    if (name === 'SIGUSR1' && !this.#over) return false;
    for (const child of [this.#running, this.#next?.child]) child?.kill(name);
    return this.#over;
  }

  #promote(): void {
    this.#running = this.#next?.child;
    this.#next = undefined;
    if (this.#running) post(this.#running, { kind: 'order', body: { type: 'alone' } });
    collectGarbage();
  }

  #received(child: ChildProcess, message: unknown, handle: SocketHandle | undefined): void {
    const envelope = envelopeSchema.safeParse(message).data;
    const close = () => handle?.close();
    if (envelope?.kind === 'order' && child === this.#running && this.#next) {
      post(this.#next.child, envelope, handle, close);
      return;
    }
    close();
    if (child === this.#next?.child) {
      if (envelope?.kind === 'news') this.#next.events.onNews(envelope.body);
    } else if (child === this.#running) {
      if (envelope?.kind === 'launch') this.#launchFor(child, envelope.launch);
      if (envelope?.kind === 'end') this.#next?.child.kill('SIGKILL');
    }
  }

  #launchFor(running: ChildProcess, launch: Launch): void {
    this.launch(launch, {
      onNews: (body) => post(running, { kind: 'news', body }),
      onEnded: (how) => post(running, { kind: 'ended', how }),
    });
  }

  #ended(child: ChildProcess, how: string, code: number): void {
    if (child === this.#next?.child) {
      const { events } = this.#next;
      this.#next = undefined;
      events.onEnded(how);
    } else if (child === this.#running) {
      this.#running = undefined;
      if (this.#next) this.#promote();
      else this.exit(code);
    }
  }
}

/** For a process that is not the first one. */
export const launchThroughParent: Launcher = (launch, events) => {
  const post = (envelope: Envelope, handle?: SocketHandle, sent: () => void = () => {}) => {
    if (!process.connected) sent();
    else process.send?.(envelope, handle as unknown as Socket, undefined, () => sent());
  };
  const receive = (message: unknown) => {
    const envelope = envelopeSchema.safeParse(message).data;
    if (envelope?.kind === 'news') events.onNews(envelope.body);
    if (envelope?.kind !== 'ended') return;
    process.off('message', receive);
    events.onEnded(envelope.how);
  };
  process.on('message', receive);
  process.once('disconnect', () => events.onEnded('its parent ended'));
  post({ kind: 'launch', launch });
  return {
    send: (body, handle, sent) => post({ kind: 'order', body }, handle, sent),
    end: () => post({ kind: 'end' }),
  };
};

function start({ execPath, script, slot }: Launch): ChildProcess {
  const debugging = /^--inspect/;
  return spawn(
    execPath,
    [...process.execArgv.filter((word) => !debugging.test(word)), script, ...process.argv.slice(2)],
    {
      env: { ...process.env, [SUCCESSION]: JSON.stringify({ version: SUCCESSION_VERSION, slot }) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
}

/** A process that ends does not read it, and its end is reported by itself. */
function post(child: ChildProcess, envelope: Envelope, handle?: SocketHandle, sent: () => void = () => {}): void {
  if (!child.connected) sent();
  else child.send(envelope, handle as unknown as Socket, () => sent());
}

/**
 * Milliseconds. A successor that still opens the database ends when it has started; the whole end
 * takes 5 s at most.
 */
const END_DEADLINE = 2_000;
