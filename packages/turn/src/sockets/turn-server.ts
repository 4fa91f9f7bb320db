import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { canonical, type Family } from '../addresses.js';
import { defaultTurnLimits, type TurnLimits } from '../limits.js';
import type { Clock, Peers, TurnRefusal, TurnTraffic } from '../server/environment.js';
import { TurnCore } from '../server/turn-core.js';
import { DatagramClients } from './datagram-clients.js';
import { RelaySockets } from './relay-sockets.js';
import { StreamClient } from './stream-client.js';
import type { UdpHandle } from './udp-handle.js';

export interface TurnServerOptions {
  clock: Clock;
  /** The secret of `timeLimitedCredentials`. */
  secret: string;
  peers: Peers;
  /** The address that clients see as the relayed one; peers need not reach it. */
  shownAddress(family: Family): string;
  /**
   * The account of a client's address, for quotas; undefined for the address of a proxy, which
   * stands for many clients.
   */
  account(address: string): string | undefined;
  onRefusal(kind: TurnRefusal, details: Record<string, string | number>): void;
  limits?: Partial<TurnLimits> | undefined;
}

/** The sockets of a port that another process shares. */
export interface TurnHandles {
  tcp?: object | undefined;
  udp?: UdpHandle | undefined;
}

/** A TURN server on connections that its caller accepts, and on a port of its own. */
export class TurnServer {
  private readonly limits: TurnLimits;
  private readonly core: TurnCore;
  private readonly traffic: TurnTraffic = { bytesFromClients: 0, bytesToClients: 0 };
  /** Clients on UDP, and the socket that another process may share. */
  readonly datagrams: DatagramClients;
  private readonly streams = new Set<StreamClient>();
  /** Of `listen`. */
  server: Server | undefined;
  private stopTimer = () => {};
  private closed = false;

  constructor(private readonly options: TurnServerOptions) {
    const { clock, secret, peers, onRefusal, account, shownAddress } = options;
    this.limits = { ...defaultTurnLimits, ...options.limits };
    const relays = new RelaySockets(shownAddress);
    const { limits, traffic } = this;
    this.core = new TurnCore({ clock, secret, realm: REALM, limits, peers, relays, traffic, onRefusal });
    this.datagrams = new DatagramClients({ core: this.core, limits: this.limits, account });
    this.checkLater();
  }

  /** A connection, TCP or TLS, that begins with STUN; the first bytes are still to be read. */
  accept(socket: Socket): void {
    const { clock, onRefusal } = this.options;
    const account = this.options.account(canonical(socket.remoteAddress ?? ''));
    if (this.closed || !this.makeRoom(account)) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    const client = new StreamClient({
      socket,
      account,
      limits: this.limits,
      now: () => clock.now(),
      client: (path) => this.core.client(path),
      onRefusal,
      onEnd: (ended) => this.streams.delete(ended),
    });
    this.streams.add(client);
  }

  /**
   * Listens on UDP and TCP. Answers the port, for 0 one that is free for both. Rejects with the
   * system's error when it is taken. `inherited`: the sockets of another process.
   */
  async listen(port: number, host: string, inherited: TurnHandles = {}): Promise<number> {
    for (let attempts = port === 0 ? FREE_PORT_ATTEMPTS : 1; ; attempts -= 1) {
      const server = createServer((socket) => this.accept(socket));
      server.listen(inherited.tcp ? { handle: inherited.tcp } : { port, host });
      await once(server, 'listening');
      const address = server.address();
      const opened = typeof address === 'object' && address ? address.port : port;
      try {
        const udpPort = await this.datagrams.listen(opened, host, inherited.udp);
        this.server = server;
        return udpPort;
      } catch (error) {
        server.close();
        // A port that is free for TCP may be taken for UDP.
        if (attempts <= 1 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
  }

  /** Listens on UDP alone: `accept` gets the connections. Answers the port. */
  async listenUdp(port: number, host: string, inherited: TurnHandles = {}): Promise<number> {
    return this.datagrams.listen(port, host, inherited.udp);
  }

  figures(): { turnAllocations: number; turnConnections: number } {
    return { turnAllocations: this.core.allocations, turnConnections: this.streams.size };
  }

  /** Totals since the start. */
  relayed(): Readonly<TurnTraffic> {
    return this.traffic;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.stopTimer();
    this.core.close();
    for (const client of [...this.streams]) client.end();
    this.datagrams.close();
    if (!this.server?.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  /**
   * Room for a connection without an allocation. If all are taken, the oldest one of the address
   * with most of them ends; one that has its own share full gets no more. Proxies are one address.
   */
  private makeRoom(account: string | undefined): boolean {
    const idle = new Map<string, StreamClient[]>();
    let count = 0;
    for (const client of this.streams) {
      if (!client.isIdle) continue;
      count += 1;
      const name = client.account ?? '';
      const clients = idle.get(name);
      if (clients) clients.push(client);
      else idle.set(name, [client]);
    }
    const { unauthenticated, unauthenticatedPerAddress } = this.limits;
    const isFull = account !== undefined && (idle.get(account)?.length ?? 0) >= unauthenticatedPerAddress;
    if (!isFull && count < unauthenticated) return true;
    this.options.onRefusal('unauthenticated', { reason: 'too many connections' });
    if (isFull) return false;
    const [busiest] = [...idle.values()].sort((one, other) => other.length - one.length);
    busiest?.[0]?.end();
    return true;
  }

  private checkLater(): void {
    this.stopTimer = this.options.clock.after(CHECK_INTERVAL, () => {
      for (const client of [...this.streams]) client.check();
      this.datagrams.check();
      this.checkLater();
    });
  }
}

const REALM = 'waterbus';
const FREE_PORT_ATTEMPTS = 10;

/** Milliseconds: the precision of expiries and deadlines. */
const CHECK_INTERVAL = 1000;
