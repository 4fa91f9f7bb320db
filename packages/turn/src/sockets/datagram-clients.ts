import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import type { Endpoint } from '@waterbus/stun';
import { canonical } from '../addresses.js';
import type { TurnLimits } from '../limits.js';
import type { ClientPath } from '../server/environment.js';
import type { TurnClient } from '../server/turn-client.js';
import type { TurnCore } from '../server/turn-core.js';
import { Strangers } from '../usage/strangers.js';
import { Inbox, type InboxAddress, Outbox, type Sender } from './inbox.js';
import { handleOf, type UdpHandle } from './udp-handle.js';

export interface DatagramClientsOptions {
  core: TurnCore;
  limits: TurnLimits;
  account(address: string): string | undefined;
}

/**
 * Clients on UDP. Only those with an allocation are remembered. Two processes share the socket while
 * one replaces the other: the old one reads it, serves its own clients, and sends the datagrams of
 * all others to the new one; both send.
 */
export class DatagramClients {
  private readonly clients = new Map<string, TurnClient>();
  private readonly strangers: Strangers;
  private socket: Socket | undefined;
  private inbox: Inbox | undefined;
  private outbox: Outbox | undefined;

  constructor(private readonly options: DatagramClientsOptions) {
    this.strangers = new Strangers(options.limits);
  }

  /**
   * Rejects with the system's error when the port is taken. Answers the port. `inherited`: the socket
   * of another process, which still reads it: `read` begins with that.
   */
  async listen(port: number, host: string, inherited?: UdpHandle): Promise<number> {
    const socket = createSocket({ type: isIP(host) === 6 ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER });
    const listening = once(socket, 'listening');
    try {
      if (inherited) {
        // Node's types lack it.
        (socket.bind as unknown as (handle: UdpHandle) => void).call(socket, inherited);
        inherited.recvStop();
      } else socket.bind({ port, address: host, exclusive: true });
      await listening;
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.on('error', () => {});
    socket.on('message', (bytes, from) => this.receive(bytes, from));
    this.socket = socket;
    return socket.address().port;
  }

  /** The socket, for a process that shares it. Undefined while there is none. */
  get handle(): UdpHandle | undefined {
    return this.socket && handleOf(this.socket);
  }

  /** Where a process that reads the socket sends the datagrams of this one's clients. */
  async openInbox(): Promise<InboxAddress> {
    this.inbox ??= new Inbox((bytes, from) => this.receive(bytes, from));
    return this.inbox.open();
  }

  /** The process that shared the socket reads it no more. */
  read(): void {
    this.handle?.recvStart();
  }

  /** Sends the datagrams of unknown clients to another process; undefined: this one serves them. */
  divert(to: InboxAddress | undefined): void {
    this.outbox?.close();
    this.outbox = to && new Outbox(to);
  }

  /** Each second. */
  check(): void {
    this.strangers.nextSecond();
    for (const client of [...this.clients.values()]) client.expire();
  }

  close(): void {
    for (const client of [...this.clients.values()]) client.close();
    this.divert(undefined);
    this.inbox?.close();
    this.inbox = undefined;
    this.socket?.close();
    this.socket = undefined;
  }

  private receive(bytes: Buffer, from: Sender): void {
    const name = `${from.address} ${from.port}`;
    const known = this.clients.get(name);
    if (known) {
      known.receive(bytes);
      return;
    }
    if (this.outbox) {
      this.outbox.send(bytes, from);
      return;
    }
    const account = this.options.account(canonical(from.address));
    if (bytes.length > this.options.limits.messageBytes || !this.strangers.admit(account)) return;
    const client: TurnClient = this.options.core.client(this.path(from, account), () => this.clients.delete(name));
    client.receive(bytes);
    if (client.isActive) this.clients.set(name, client);
  }

  private path(from: Sender, account: string | undefined): ClientPath {
    const remote: Endpoint = { address: canonical(from.address), port: from.port };
    return {
      remote,
      isStream: false,
      account,
      send: (bytes) => {
        const { socket } = this;
        if (socket && socket.getSendQueueSize() <= LONGEST_QUEUE) socket.send(bytes, from.port, from.address, () => {});
      },
    };
  }
}

/** Bytes: one socket receives from all clients on UDP. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

/** Bytes that the kernel has not accepted. */
const LONGEST_QUEUE = 4 * 1024 * 1024;
