// Hot path: no allocation per packet.

import {
  type DtlsFingerprint,
  DtlsState,
  openPacketSocket,
  type PacketSocket,
  RECEIVE_WORDS,
  ReceiveKind,
  ReceiveWord,
  SEND_WORDS,
  SendFlag,
  SendWord,
} from '@waterbus/packet-io';
import { BindingType, parseStun } from '@waterbus/stun';
import { END_BYTES, PipeEnd, type PipeSide } from './pipe-end.js';

export interface PipeTraffic {
  packets: number;
  bytes: number;
}

/**
 * Carries everything that arrives from one transport to another one, both ways: RTP and RTCP
 * unchanged, under the keys of the other side. So the two transports see each other as publisher
 * and receiver: their reports, requests, retransmissions and estimates are about the whole path.
 * It ends as a whole when a side cannot be reached or closes, and closes the other side then.
 */
export class Pipe {
  private readonly socket: PacketSocket;
  private readonly view: DataView;
  private readonly ends: readonly [PipeEnd, PipeEnd];
  private isClosed = false;
  /** It closes soon. */
  private isFinished = false;
  private pending = 0;
  private unreachable = false;
  /** Packets and bytes that left to the other side, by the end from which they came. */
  private readonly packets = new Float64Array(2);
  private readonly bytes = new Float64Array(2);

  /** Throws the system's error when no socket can be opened. */
  constructor(
    sides: readonly [PipeSide, PipeSide],
    private readonly onEnd: (error?: unknown) => void,
  ) {
    this.socket = openPacketSocket({
      port: 0,
      maxSessions: 2,
      callerBytes: 2 * END_BYTES,
      receiveBatch: BATCH,
      sendCapacity: SEND_CAPACITY,
      onBatch: (count, now) => this.guard(() => this.receive(count, now)),
      onWake: (now) => this.guard(() => this.advance(now)),
    });
    const { arena, callerOffset } = this.socket;
    this.view = new DataView(arena.buffer, arena.byteOffset);
    const now = performance.now();
    this.ends = [
      new PipeEnd(this.socket, callerOffset, sides[0], now),
      new PipeEnd(this.socket, callerOffset + END_BYTES, sides[1], now),
    ];
    this.advance(now);
  }

  /** Of its own certificate: both transports accept no other peer. */
  get fingerprint(): DtlsFingerprint {
    return this.socket.fingerprint;
  }

  /** Packets and bytes carried from the first side to the second, since it opened. */
  get forth(): PipeTraffic {
    return { packets: this.packets[0]!, bytes: this.bytes[0]! };
  }

  /** From the second side to the first. */
  get back(): PipeTraffic {
    return { packets: this.packets[1]!, bytes: this.bytes[1]! };
  }

  /** A side did not answer, or not any more. */
  get isUnreachable(): boolean {
    return this.unreachable;
  }

  /** Closes both sides. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.socket.close();
  }

  private receive(count: number, now: number): void {
    const { received, arena } = this.socket;
    for (let at = 0; at < count * RECEIVE_WORDS; at += RECEIVE_WORDS) {
      const session = received[at + ReceiveWord.Session]!;
      const offset = received[at + ReceiveWord.Offset]!;
      const length = received[at + ReceiveWord.Length]!;
      switch (received[at + ReceiveWord.Kind]) {
        case ReceiveKind.Rtp:
          this.carry(session, offset, length, SendFlag.Rtp);
          break;
        case ReceiveKind.Rtcp:
          this.carry(session, offset, length, 0);
          break;
        case ReceiveKind.Stun:
          this.receiveStun(arena.subarray(offset, offset + length), received[at + ReceiveWord.Address]!, now);
          break;
        case ReceiveKind.Dtls:
          if (offset === DtlsState.Connected) this.end(session).isConnected = true;
          else if (offset !== DtlsState.Connecting) this.finish();
          break;
        case ReceiveKind.Flood:
          this.finish();
          break;
      }
    }
    this.flush();
    this.arm();
  }

  /** Packets before the other side is connected have no way: repair or a key frame follows. */
  private carry(from: number, offset: number, length: number, flags: number): void {
    const to = this.end(1 - from);
    if (!to.isConnected || length < SHORTEST_PACKET) return;
    if (this.pending === SEND_CAPACITY) this.flush();
    const { sends } = this.socket;
    const at = this.pending * SEND_WORDS;
    sends.fill(0, at, at + SEND_WORDS);
    sends[at + SendWord.Session] = to.session;
    sends[at + SendWord.Offset] = offset;
    sends[at + SendWord.Length] = length;
    sends[at + SendWord.Flags] = flags;
    if (flags !== 0) {
      sends[at + SendWord.PayloadType] = this.view.getUint8(offset + 1) & 0x7f;
      sends[at + SendWord.SequenceNumber] = this.view.getUint16(offset + 2);
      sends[at + SendWord.Timestamp] = this.view.getInt32(offset + 4);
      sends[at + SendWord.Ssrc] = this.view.getInt32(offset + 8);
      sends[at + SendWord.TransportWide] = -1;
    }
    this.pending += 1;
    this.packets[from]! += 1;
    this.bytes[from]! += length;
  }

  private flush(): void {
    const count = this.pending;
    this.pending = 0;
    if (count > 0 && !this.isClosed) this.socket.flush(count);
  }

  private receiveStun(bytes: Uint8Array, addressOffset: number, now: number): void {
    const message = parseStun(bytes);
    if (message?.type !== BindingType.Success) return;
    for (const end of this.ends) end.receiveAnswer(message, addressOffset, now);
  }

  private advance(now: number): void {
    for (const end of this.ends) {
      if (end.advance(now)) continue;
      this.unreachable = true;
      this.finish();
    }
    this.arm();
  }

  private arm(): void {
    if (!this.isClosed) this.socket.wakeAt(Math.min(this.ends[0].nextDeadline(), this.ends[1].nextDeadline()));
  }

  /** Sessions have the numbers 0 and 1, in the order of the ends. */
  private end(session: number): PipeEnd {
    return this.ends[session === 0 ? 0 : 1];
  }

  /** The socket cannot close while it delivers packets. */
  private finish(error?: unknown): void {
    if (this.isFinished) return;
    this.isFinished = true;
    for (const end of this.ends) end.isConnected = false;
    setImmediate(() => {
      this.close();
      this.onEnd(error);
    });
  }

  /** A fault ends this pipe alone. */
  private guard(action: () => void): void {
    try {
      if (!this.isFinished) action();
    } catch (error) {
      this.finish(error);
    }
  }
}

/** Messages of one reading, each with up to 64 datagrams: 2 MiB of the arena. */
const BATCH = 32;
const SEND_CAPACITY = 512;
/** RTP without extensions; RTCP has eight bytes, and carries nothing then. */
const SHORTEST_PACKET = 8;
