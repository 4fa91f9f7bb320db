import type { Socket } from 'node:net';

/** `length`: the first bytes that are read; the others stay for the next reader. */
export interface Decision<T> {
  length: number;
  value: T;
}

export interface FirstBytesOptions<T> {
  /** Milliseconds until the bytes have decided. */
  time: number;
  /** All bytes that have come; undefined: too few to decide, `false`: the connection ends. */
  decide(bytes: Buffer): Decision<T> | undefined | false;
  /** The bytes have decided, and the socket can be read on. */
  onDecided(value: T): void;
  /** The connection has ended before. */
  onEnded?(): void;
}

/** Reads the first bytes of a connection, until they decide about its further course. */
export class FirstBytes<T> {
  private readonly timer: NodeJS.Timeout;
  private readonly onReadable = () => this.read();
  private readonly onEnd = () => this.end();
  private bytes: Buffer = Buffer.alloc(0);
  private isOver = false;

  constructor(
    private readonly socket: Socket,
    private readonly options: FirstBytesOptions<T>,
  ) {
    this.timer = setTimeout(this.onEnd, options.time).unref();
    socket.on('readable', this.onReadable);
    for (const name of ENDS) socket.on(name, this.onEnd);
  }

  /** Reads what has come before the first event. */
  read(): void {
    if (this.isOver) return;
    const chunk: Buffer | null = this.socket.read();
    if (chunk === null) return;
    this.bytes = Buffer.concat([this.bytes, chunk]);
    const decision = this.options.decide(this.bytes);
    if (decision) this.decided(decision);
    else if (decision === false) this.end();
  }

  end(): void {
    if (this.isOver) return;
    this.stop();
    this.socket.on('error', () => {});
    this.socket.destroy();
    this.options.onEnded?.();
  }

  private decided({ length, value }: Decision<T>): void {
    this.stop();
    const rest = this.bytes.subarray(length);
    // Back to the front of the stream, once: each `unshift` makes the stream readable again.
    if (rest.length > 0) this.socket.unshift(rest);
    this.options.onDecided(value);
  }

  private stop(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.socket.off('readable', this.onReadable);
    for (const name of ENDS) this.socket.off(name, this.onEnd);
  }
}

const ENDS = ['end', 'close', 'error'] as const;
