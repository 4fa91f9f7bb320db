import { createHmac, randomFillSync } from 'node:crypto';
import { Engine, type EngineEvent } from '@waterbus/media';
import { openPacketSocket, type PacketSocket } from '@waterbus/packet-io';
import { Clock } from './clock.js';
import { FlushPolicy, LONGEST_HOLD } from './flush-policy.js';

export interface ShellOptions {
  /** 0 lets the kernel choose. */
  port: number;
  announcedAddresses: string[];
  onEvent(event: EngineEvent): void;
}

/** The engine with what it lacks by design: a socket, a clock, randomness, and the moment at which packets leave. */
export class Shell {
  readonly socket: PacketSocket;
  readonly engine: Engine;
  private readonly onEvent: (event: EngineEvent) => void;
  private readonly clock = new Clock((now) => this.wake(now));
  private readonly policy = new FlushPolicy();

  /** Throws the system's error (`code` `'EADDRINUSE'`) when the port cannot be opened. */
  constructor(options: ShellOptions) {
    this.onEvent = options.onEvent;
    this.socket = openPacketSocket({ port: options.port, onBatch: (count, now) => this.batch(count, now) });
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

  /** Runs a call of the control surface, and sends and tells what came of it. */
  control<T>(call: (control: Engine['control']) => T): T {
    this.engine.advance(performance.now());
    try {
      return call(this.engine.control);
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
    this.engine.receive(count, now);
    if (this.engine.pendingSends === 0) this.rearm();
    else if (this.policy.flushNow(this.engine.frameEnded, now)) this.flush();
    else this.clock.arm(now + LONGEST_HOLD);
    this.tellEvents();
  }

  private wake(now: number): void {
    this.engine.advance(now);
    this.settle();
  }

  private settle(): void {
    this.flush();
    this.tellEvents();
  }

  private flush(): void {
    if (this.engine.pendingSends > 0) this.engine.flush();
    this.policy.flushed();
    this.rearm();
  }

  private rearm(): void {
    this.clock.arm(this.engine.nextDeadline());
  }

  private tellEvents(): void {
    for (const event of this.engine.takeEvents()) this.onEvent(event);
  }
}
