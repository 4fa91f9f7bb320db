import { createHmac, randomFillSync } from 'node:crypto';
import { type AnnouncedAddress, type Control, Engine, type EngineEvent, type EngineFault } from '@waterbus/media';
import { type IncomingBudget, openPacketSocket, type PacketSocket, ReceiveWord } from '@waterbus/packet-io';
import { Histogram } from '@waterbus/telemetry';
import { DELAY_BOUNDS } from './delay-bounds.js';

export interface ShellOptions {
  /** 0 lets the kernel choose. */
  port: number;
  /** Further UDP ports, announced after the first. */
  extraPorts?: readonly number[];
  announcedAddresses: string[];
  /** Also accept TCP at this port, and announce it. Default false. */
  tcp?: boolean;
  incoming?: Partial<IncomingBudget> | undefined;
  /** As for the packet socket. */
  moderateAbove?: number | undefined;
  onEvent(event: Exclude<EngineEvent, EngineFault>): void;
  /**
   * An unexpected exception occurred. The affected transport or call has ended; the shell
   * continues.
   */
  onFault(fault: Omit<EngineFault, 'type'>): void;
}

/** The engine with the parts that it lacks by design: a socket, a clock and randomness. */
export class Shell {
  readonly socket: PacketSocket;
  readonly engine: Engine;
  /** Seconds from the arrival of a packet in the kernel until its copies have left, in samples. */
  readonly forwardingDelay = new Histogram(DELAY_BOUNDS);
  private readonly tcp: boolean;
  private readonly onEvent: ShellOptions['onEvent'];
  private readonly onFault: ShellOptions['onFault'];
  private batches = 0;
  /** The time at which the socket wakes the engine, milliseconds. */
  private armedFor = Number.POSITIVE_INFINITY;

  /** Throws the system's error (`code` `'EADDRINUSE'`) when the port cannot be opened. */
  constructor(options: ShellOptions) {
    this.tcp = options.tcp ?? false;
    this.onEvent = options.onEvent;
    this.onFault = options.onFault;
    this.socket = openPacketSocket({
      port: options.port,
      ...(options.extraPorts && { extraPorts: options.extraPorts }),
      ...(this.tcp && { tcp: {} }),
      ...(options.incoming && { incoming: options.incoming }),
      ...(options.moderateAbove !== undefined && { moderateAbove: options.moderateAbove }),
      onBatch: (count, now) => this.batch(count, now),
      onWake: (now) => this.wake(now),
    });
    this.engine = new Engine({
      port: this.socket,
      random: (bytes) => randomFillSync(bytes),
      hmacSha1: (key, bytes) => createHmac('sha1', key).update(bytes).digest(),
      now: performance.now(),
      announcedAddresses: this.candidatesOf(options.announcedAddresses),
    });
  }

  /** Announces other addresses to the clients whose transports open from now on. */
  announce(addresses: readonly string[]): void {
    this.engine.announce(this.candidatesOf(addresses));
  }

  /**
   * Runs a call of the control surface, then sends the resulting packets and emits the events.
   * Throws nothing but `MediaError`.
   */
  control<T>(call: (control: Control) => T): T {
    try {
      return this.engine.perform(performance.now(), call);
    } finally {
      this.settle();
    }
  }

  close(): void {
    this.socket.close();
  }

  private candidatesOf(addresses: readonly string[]): AnnouncedAddress[] {
    const { port, extraPorts } = this.socket;
    const at = (port: number, protocol: 'udp' | 'tcp') => addresses.map((address) => ({ address, port, protocol }));
    return [port, ...extraPorts].flatMap((one) => at(one, 'udp')).concat(this.tcp ? at(port, 'tcp') : []);
  }

  /** Hot path: no allocation per packet. */
  private batch(count: number, now: number): void {
    try {
      this.engine.receive(count, now);
      this.settle();
      this.batches += 1;
      if (this.batches % SAMPLED_BATCHES === 0) this.sampleDelay(now);
    } catch (error) {
      this.failed(error);
    }
  }

  /** The first packet of a batch is the oldest; its copies have left now. */
  private sampleDelay(now: number): void {
    const age = this.socket.received[ReceiveWord.Age]!;
    this.forwardingDelay.observe((age / 1000 + performance.now() - now) / 1000);
  }

  private wake(now: number): void {
    this.armedFor = Number.POSITIVE_INFINITY;
    try {
      this.engine.advance(now);
      this.settle();
    } catch (error) {
      this.failed(error);
    }
  }

  /**
   * Packets caused by a batch leave at once: the higher the load, the larger the batches that the
   * socket reads.
   */
  private settle(): void {
    if (this.engine.pendingSends > 0) this.engine.flush();
    this.arm(this.engine.nextDeadline());
    this.emitEvents();
  }

  /**
   * The engine confines a fault caused by a peer to its transport: this is a fault of the engine or
   * the shell as a whole.
   */
  private failed(error: unknown): void {
    this.arm(performance.now() + RETRY_DELAY);
    this.onFault({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }

  /**
   * Most batches do not change the earliest deadline. If it moves, arming costs less than the
   * wake-up that it saves.
   */
  private arm(deadline: number): void {
    if (deadline === this.armedFor) return;
    this.armedFor = deadline;
    this.socket.wakeAt(deadline);
  }

  private emitEvents(): void {
    for (const event of this.engine.takeEvents()) {
      if (event.type === 'fault') this.onFault(event);
      else this.onEvent(event);
    }
  }
}

/** Of a busy worker: about fifty samples a second, which cost nothing measurable. */
const SAMPLED_BATCHES = 16;

/**
 * Milliseconds until the next try: the deadlines are still due, and a try at once could loop
 * without end.
 */
const RETRY_DELAY = 10;
