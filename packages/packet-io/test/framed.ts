import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Peer } from './peer.js';

/** RFC 4571: the length, then the datagram. */
export function frame(datagram: Uint8Array): Buffer {
  const header = Buffer.alloc(2);
  header.writeUInt16BE(datagram.length, 0);
  return Buffer.concat([header, datagram]);
}

/** A TCP client that sends and receives frames. */
export class Framed {
  readonly received: Buffer[] = [];
  ended = false;
  #rest = Buffer.alloc(0);
  #waiting: (() => void)[] = [];

  static async open(port: number, { from = '127.0.0.1', localPort }: { from?: string; localPort?: number } = {}) {
    const host = from.includes(':') ? '::1' : '127.0.0.1';
    const socket = connect({ port, host, localAddress: from, ...(localPort && { localPort }) });
    const framed = new Framed(socket);
    await once(socket, 'connect');
    socket.setNoDelay();
    return framed;
  }

  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes) => this.#take(bytes));
    // A reset is an end.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.ended = true;
      this.#wake();
    });
  }

  get port(): number {
    return this.socket.localPort!;
  }

  /** All in one segment. */
  send(...datagrams: Uint8Array[]): void {
    this.socket.write(Buffer.concat(datagrams.map(frame)));
  }

  /** Writes these bytes alone: the other side has read all before. */
  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(bytes, () => resolve()));
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 2 && this.#rest.length >= 2 + this.#rest.readUInt16BE(0)) {
      const end = 2 + this.#rest.readUInt16BE(0);
      this.received.push(this.#rest.subarray(2, end));
      this.#rest = this.#rest.subarray(end);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Carries the datagrams of a packet socket over a TCP connection: its peer's address is `port`. */
export async function bridge(client: Peer, framed: Framed): Promise<{ port: number; close(): void }> {
  const udp = createSocket('udp4');
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  udp.on('message', (datagram) => framed.send(datagram));
  let carried = 0;
  const carry = () => {
    for (; carried < framed.received.length; carried++) {
      udp.send(framed.received[carried]!, client.socket.port, '127.0.0.1');
    }
  };
  framed.socket.on('data', carry);
  return { port: udp.address().port, close: () => udp.close() };
}
