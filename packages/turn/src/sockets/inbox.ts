import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Where a process of this machine takes the datagrams of a port that another one reads. */
export interface InboxAddress {
  port: number;
  /** Hexadecimal: a datagram without it is dropped. */
  key: string;
}

export type Sender = Pick<RemoteInfo, 'address' | 'port'>;

/** Takes datagrams of the process that reads the port; loopback alone. */
export class Inbox {
  readonly #key = randomBytes(KEY_BYTES);
  readonly #socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER });

  constructor(private readonly onDatagram: (bytes: Buffer, from: Sender) => void) {
    this.#socket.on('error', () => {});
    this.#socket.on('message', (bytes) => this.#received(bytes));
  }

  async open(): Promise<InboxAddress> {
    this.#socket.bind({ port: 0, address: LOOPBACK, exclusive: true });
    await once(this.#socket, 'listening');
    return { port: this.#socket.address().port, key: this.#key.toString('hex') };
  }

  close(): void {
    this.#socket.close();
  }

  #received(bytes: Buffer): void {
    if (bytes.length < HEADER_BYTES || !timingSafeEqual(bytes.subarray(0, KEY_BYTES), this.#key)) return;
    const end = HEADER_BYTES + bytes[HEADER_BYTES - 1]!;
    const address = bytes.toString('latin1', HEADER_BYTES, end);
    this.onDatagram(bytes.subarray(end), { address, port: bytes.readUInt16BE(KEY_BYTES) });
  }
}

/** Sends datagrams to the inbox of another process, as they arrived here. */
export class Outbox {
  readonly #key: Buffer;
  readonly #socket: Socket = createSocket('udp4');

  constructor(private readonly to: InboxAddress) {
    this.#key = Buffer.from(to.key, 'hex');
    this.#socket.on('error', () => {});
  }

  send(bytes: Buffer, from: Sender): void {
    const address = Buffer.from(from.address, 'latin1');
    const rest = Buffer.from([from.port >> 8, from.port & 0xff, address.length]);
    this.#socket.send([this.#key, rest, address, bytes], this.to.port, LOOPBACK, () => {});
  }

  close(): void {
    this.#socket.close();
  }
}

const LOOPBACK = '127.0.0.1';

const KEY_BYTES = 16;

/** The key, the sender's port (16 bits) and the length of its address, which follows as text. */
const HEADER_BYTES = KEY_BYTES + 3;

/** Bytes. */
const BUFFER = 4 * 1024 * 1024;
