import { hooks } from '../src/hooks.js';
import type { DtlsRole, PacketSocket, PacketSocketOptions } from '../src/index.js';
import { ADDRESS_BYTES, DtlsState, RECEIVE_WORDS, ReceiveKind, ReceiveWord } from '../src/index.js';
import { native } from '../src/native.js';
import { openPacketSocketOf } from '../src/packet-socket.js';

export interface Received {
  kind: number;
  session: number;
  bytes: Buffer;
  /** For DTLS records: the state. */
  state: number;
  age: number;
  flags: number;
  address: Buffer;
}

/** A packet socket that keeps copies of received records, with a small allocator for its arena. */
export class Peer {
  readonly socket: PacketSocket;
  readonly received: Received[] = [];
  /** Called for each record on arrival, while the slots are valid. */
  onRecord: (record: Received, addressOffset: number) => void = () => {};
  #next: number;
  #waiting: (() => void)[] = [];

  /** `canFail`: of the tests' addon, for `failNextSends`. */
  constructor({ canFail = false, ...options }: Partial<PacketSocketOptions> & { canFail?: boolean } = {}) {
    this.socket = openPacketSocketOf(canFail ? hooks : native, {
      address: '127.0.0.1',
      port: 0,
      callerBytes: 1 << 20,
      maxSessions: 64,
      incoming: UNLIMITED,
      ...options,
      onBatch: (count) => this.#take(count),
    });
    this.#next = this.socket.callerOffset;
  }

  /** Copies bytes into the arena. */
  place(bytes: Uint8Array): number {
    const offset = this.#next;
    this.socket.arena.set(bytes, offset);
    this.#next += (bytes.length + 7) & ~7;
    return offset;
  }

  /** Frees all placed bytes. */
  clear(): void {
    this.#next = this.socket.callerOffset;
  }

  /** The record of a peer's address on loopback. */
  addressOf(port: number, local = '127.0.0.1', remote = '127.0.0.1'): number {
    const record = Buffer.alloc(ADDRESS_BYTES);
    record[0] = 4;
    record.writeUInt16BE(port, 2);
    record.set(remote.split('.').map(Number), 4);
    record.set(local.split('.').map(Number), 20);
    return this.place(record);
  }

  /** Opens a session bound to another socket's address. */
  sessionTowards(port: number): number {
    const session = this.socket.openSession();
    this.socket.setAddress(session, this.addressOf(port));
    return session;
  }

  /** Resolves when the condition holds after a batch. */
  async until(condition: (received: Received[]) => boolean): Promise<void> {
    while (!condition(this.received)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async connected(session: number): Promise<void> {
    await this.until((all) =>
      all.some((r) => r.kind === ReceiveKind.Dtls && r.session === session && r.state >= DtlsState.Connected),
    );
  }

  of(kind: number, session?: number): Received[] {
    return this.received.filter((r) => r.kind === kind && (session === undefined || r.session === session));
  }

  close(): void {
    this.socket.close();
  }

  #take(count: number): void {
    const { received, arena } = this.socket;
    for (let i = 0; i < count; i++) {
      const word = (at: number) => received[i * RECEIVE_WORDS + at]!;
      const kind = word(ReceiveWord.Kind);
      const offset = word(ReceiveWord.Offset);
      const address = word(ReceiveWord.Address);
      const isDtls = kind === ReceiveKind.Dtls;
      const record = {
        kind,
        session: word(ReceiveWord.Session),
        bytes: isDtls ? Buffer.alloc(0) : Buffer.from(arena.slice(offset, offset + word(ReceiveWord.Length))),
        state: isDtls ? offset : 0,
        age: word(ReceiveWord.Age),
        flags: word(ReceiveWord.Flags),
        address: Buffer.from(arena.slice(address, address + ADDRESS_BYTES)),
      };
      this.received.push(record);
      this.onRecord(record, address);
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Two sockets with a DTLS association between them. */
export async function connect(
  options: { server?: Partial<PacketSocketOptions>; client?: Partial<PacketSocketOptions> } = {},
): Promise<{ server: Peer; client: Peer; serverSession: number; clientSession: number }> {
  const server = new Peer(options.server);
  const client = new Peer(options.client);
  const serverSession = server.sessionTowards(client.socket.port);
  const clientSession = client.sessionTowards(server.socket.port);
  const start = (peer: Peer, session: number, role: DtlsRole, other: Peer) =>
    peer.socket.startDtls(session, role, other.socket.fingerprint);
  start(server, serverSession, 'server', client);
  start(client, clientSession, 'client', server);
  await Promise.all([server.connected(serverSession), client.connected(clientSession)]);
  return { server, client, serverSession, clientSession };
}

/** A budget that is never exceeded: tests send as fast as they can, and wait for every answer. */
export const UNLIMITED = { packets: 1e9, bits: 1e12, stun: 1e9, dtls: 1e9, strangerStun: 1e9, strangersStun: 1e9 };
