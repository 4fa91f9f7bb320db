import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A plain UDP socket, for bytes that no packet socket sends. */
export class Stranger {
  readonly received: Buffer[] = [];
  /** The ports from which they came. */
  readonly from: number[] = [];
  readonly port: number;
  readonly #socket: Socket;
  #waiting: (() => void)[] = [];

  static async open(address = '127.0.0.1'): Promise<Stranger> {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new Stranger(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on('message', (message, { port }) => {
      this.received.push(message);
      this.from.push(port);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    });
  }

  send(port: number, ...datagrams: Uint8Array[]): void {
    for (const datagram of datagrams) this.#socket.send(datagram, port, '127.0.0.1');
  }

  async until(condition: (received: Buffer[]) => boolean): Promise<void> {
    while (!condition(this.received)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#socket.close();
  }
}

/**
 * A STUN binding request with this transaction number. A test sends it last: its arrival shows that
 * all datagrams before it were handled.
 */
export function stun(transaction: number): Buffer {
  const request = Buffer.alloc(20);
  request.writeUInt16BE(1, 0);
  request.writeUInt32BE(0x2112a442, 4);
  request.writeUInt32BE(transaction, 16);
  return request;
}
