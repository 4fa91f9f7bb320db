import { createHmac, randomFillSync } from 'node:crypto';
import { Engine, type EngineEvent, type EngineFault } from '@waterbus/media';
import { type IncomingBudget, openPacketSocket, type PacketSocket } from '@waterbus/packet-io';
import { Clock } from './clock.js';
import { FlushPolicy, LONGEST_HOLD } from './flush-policy.js';

export interface ShellOptions {
  /** 0 lets the kernel choose. */
  port: number;
  announcedAddresses: string[];
  incoming?: Partial<IncomingBudget> | undefined;
  onEvent(event: Exclude<EngineEvent, EngineFault>): void;
  /** Something threw that never should. What it concerned has ended; the shell goes on. */
  onFault(fault: Omit<EngineFault, 'type'>): void;
}

/** The engine with what it lacks by design: a socket, a clock, randomness, and the moment at which packets leave. */
export class Shell {
  readonly socket: PacketSocket;
  readonly engine: Engine;
  private readonly onEvent: ShellOptions['onEvent'];
  private readonly onFault: ShellOptions['onFault'];
  private readonly clock = new Clock((now) => this.wake(now));
  private readonly policy = new FlushPolicy();

  /** Throws the system's error (`code` `'EADDRINUSE'`) when the port cannot be opened. */
  constructor(options: ShellOptions) {
    this.onEvent = options.onEvent;
    this.onFault = options.onFault;
    this.socket = openPacketSocket({
      port: options.port,
      ...(options.incoming && { incoming: options.incoming }),
      onBatch: (count, now) => this.batch(count, now),
    });
    this.engine = new Engine({
      port: this.socket,
      random: (bytes) => randomFillSync(bytes),
      hmacSha1: (key, bytes) => createHmac('sha1', key).update(bytes).digest(),
      now: performance.now(),
      announcedAddresses: options.announcedAddresses.map((address) => ({ address, port: this.socket.port })),
    });
  }

  /** Share of the last period that the event loop was at work, 0-1: decides whether packets wait for each other. */
  utilization(share: number): void {
    this.policy.utilization(share);
  }

  /** Runs a call of the control surface, and sends and emits what came of it. Throws nothing but `MediaError`. */
  control<T>(call: (control: Engine['control']) => T): T {
    try {
      return this.engine.perform(performance.now(), call);
    } finally {
      this.settle();
    }
  }

  close(): void {
    this.clock.stop();
    this.socket.close();
  }

  /** Hot path: no allocation per packet. */
  private batch(count: number, now: number): void {
    try {
      this.engine.receive(count, now);
      if (this.engine.pendingSends === 0) this.rearm();
      else if (this.policy.flushNow(this.engine.frameEnded, now)) this.flush();
      else this.clock.arm(now + LONGEST_HOLD);
      this.emitEvents();
    } catch (error) {
      this.failed(error);
    }
  }

  private wake(now: number): void {
    try {
      this.engine.advance(now);
      this.settle();
    } catch (error) {
      this.failed(error);
    }
  }

  private settle(): void {
    this.flush();
    this.emitEvents();
  }

  /** The engine keeps what a peer causes within its transport: this is a fault of the engine or the shell as a whole. */
  private failed(error: unknown): void {
    this.clock.arm(performance.now() + RETRY_DELAY);
    this.onFault({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }

  private flush(): void {
    if (this.engine.pendingSends > 0) this.engine.flush();
    this.policy.flushed();
    this.rearm();
  }

  private rearm(): void {
    this.clock.arm(this.engine.nextDeadline());
  }

  private emitEvents(): void {
    for (const event of this.engine.takeEvents()) {
      if (event.type === 'fault') this.onFault(event);
      else this.onEvent(event);
    }
  }
}

/** Milliseconds until the clock is tried again: its deadlines are still due, but at once could mean without end. */
const RETRY_DELAY = 10;
