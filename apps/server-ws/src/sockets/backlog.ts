import type { Clock } from '@waterbus/cluster';
import type { Limits } from '../limits.js';
import { type EngineSocket, webSocketOf } from './engine-socket.js';

/**
 * Bytes that were sent to a socket and that its peer has not read: those that wait for the
 * WebSocket, and those that the WebSocket could not pass to the kernel. A peer with too many of
 * them, or that has read nothing for too long, is cut off, because its connection costs memory with
 * every event of its room. Its client may reconnect and resume.
 */
export class Backlog {
  private queued = 0;
  /** Bytes sent since the previous check. */
  private sent = 0;
  private stopTimer: (() => void) | undefined;
  private isCut = false;

  constructor(
    private readonly socket: EngineSocket,
    private readonly clock: Clock,
    private readonly limits: Limits,
    private readonly cutOff: (bytes: number) => void,
  ) {
    socket.on('packetCreate', ({ data }) => {
      const bytes = sizeOf(data) + FRAME_OVERHEAD;
      this.queued += bytes;
      this.sent += bytes;
    });
    socket.on('flush', () => {
      this.queued = 0;
    });
    socket.on('close', () => this.end());
  }

  /** Bytes that went to the WebSocket without a packet of Engine.IO. */
  passed(bytes: number): void {
    this.sent += bytes;
  }

  /** Called after each packet. */
  check(): void {
    if (this.isCut) return;
    const bytes = this.bytes();
    if (bytes > this.limits.backlogBytes) this.cut(bytes);
    else if (bytes > 0 && !this.stopTimer) this.checkLater(bytes);
  }

  private checkLater(before: number): void {
    this.sent = 0;
    this.stopTimer = this.clock.after(this.limits.backlogTime, () => {
      this.stopTimer = undefined;
      const bytes = this.bytes();
      // All remaining bytes are newer than the previous check: the earlier ones have been read.
      if (bytes <= this.sent) {
        if (bytes > 0) this.checkLater(bytes);
      } else if (bytes - this.sent < before) this.checkLater(bytes);
      else this.cut(bytes);
    });
  }

  private cut(bytes: number): void {
    this.end();
    this.cutOff(bytes);
    // A closing handshake would wait for the same peer, and keep all its unread bytes.
    webSocketOf(this.socket)?.terminate();
  }

  private end(): void {
    this.isCut = true;
    this.stopTimer?.();
  }

  private bytes(): number {
    return this.queued + (webSocketOf(this.socket)?.bufferedAmount ?? 0);
  }
}

function sizeOf(data: unknown): number {
  return typeof data === 'string' || Buffer.isBuffer(data) ? data.length : 0;
}

/** Bytes that Engine.IO and WebSocket (RFC 6455 section 5.2) add to a packet. */
const FRAME_OVERHEAD = 12;
