import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import type { Endpoint } from '@waterbus/stun';
import { canonical } from '../addresses.js';
import type { TurnLimits } from '../limits.js';
import type { ClientPath } from '../server/environment.js';
import type { TurnClient } from '../server/turn-client.js';
import type { TurnCore } from '../server/turn-core.js';
import { Strangers } from '../usage/strangers.js';

export interface DatagramClientsOptions {
  core: TurnCore;
  limits: TurnLimits;
  account(address: string): string | undefined;
}

/** Clients on UDP. Only those with an allocation are remembered. */
export class DatagramClients {
  private readonly clients = new Map<string, TurnClient>();
  private readonly strangers: Strangers;
  private socket: Socket | undefined;

  constructor(private readonly options: DatagramClientsOptions) {
    this.strangers = new Strangers(options.limits);
  }

  /** Rejects with the system's error when the port is taken. Answers the port. */
  async listen(port: number, host: string): Promise<number> {
    const socket = createSocket({ type: isIP(host) === 6 ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER });
    socket.bind({ port, address: host, exclusive: true });
    try {
      await once(socket, 'listening');
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.on('error', () => {});
    socket.on('message', (bytes, from) => this.receive(bytes, from));
    this.socket = socket;
    return socket.address().port;
  }

  /** Each second. */
  check(): void {
    this.strangers.nextSecond();
    for (const client of [...this.clients.values()]) client.expire();
  }

  close(): void {
    for (const client of [...this.clients.values()]) client.close();
    this.socket?.close();
    this.socket = undefined;
  }

  private receive(bytes: Buffer, from: RemoteInfo): void {
    const name = `${from.address} ${from.port}`;
    const known = this.clients.get(name);
    if (known) {
      known.receive(bytes);
      return;
    }
    const account = this.options.account(canonical(from.address));
    if (bytes.length > this.options.limits.messageBytes || !this.strangers.admit(account)) return;
    const client: TurnClient = this.options.core.client(this.path(from, account), () => this.clients.delete(name));
    client.receive(bytes);
    if (client.isActive) this.clients.set(name, client);
  }

  private path(from: RemoteInfo, account: string | undefined): ClientPath {
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
