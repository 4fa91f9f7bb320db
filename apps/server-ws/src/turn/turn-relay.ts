import type { Server, Socket } from 'node:net';
import { hostAddresses } from '@waterbus/media-host';
import { type DatagramClients, type Family, familyOf, TurnServer } from '@waterbus/turn';
import type { MediaDirectory } from '../media/nodes/media-directory.js';
import type { ServerWsOptions } from '../options.js';
import type { Refusals } from '../refusals.js';
import { turnSecretOf } from './ice-servers.js';
import { MediaPeers } from './media-peers.js';

export interface TurnRelayContext extends Pick<ServerWsOptions, 'secret' | 'turn'> {
  clock: NonNullable<ServerWsOptions['clock']>;
  directory: MediaDirectory;
  refusals: Refusals;
  /** The account of a client's address; undefined for a trusted proxy. */
  account(address: string): string | undefined;
}

export interface TurnPort {
  /** Undefined where the page's server has the TCP port of that number. */
  server: Server | undefined;
  datagrams: DatagramClients;
}

export interface TurnUsage {
  allocations: number;
  connections: number;
  bytesFromClients: number;
  bytesToClients: number;
}

/** The TURN server of this process, which relays to the media nodes of the cluster. */
export class TurnRelay {
  private readonly server: TurnServer | undefined;

  constructor(private readonly context: TurnRelayContext) {
    const { clock, secret, turn, directory, refusals, account } = context;
    if (!turn) return;
    const local = () => directory.localNodes().flatMap((node) => node.endpoints());
    const remote = () => directory.remoteNodes().flatMap((node) => node.endpoints());
    this.server = new TurnServer({
      clock,
      secret: turnSecretOf(secret),
      peers: new MediaPeers({ local, remote }, () => clock.now()),
      shownAddress,
      account,
      onRefusal: (reason, details) =>
        refusals.count(reason === 'bandwidth' ? 'turnDropped' : 'turnRefused', { ...details, reason }),
      limits: turn.limits,
    });
  }

  /** A connection to the HTTP port that begins with STUN. */
  accept(socket: Socket): void {
    if (this.server) this.server.accept(socket);
    else socket.destroy();
  }

  /** Rejects with the system's error when the port of TURN is taken. */
  async start(): Promise<void> {
    const { turn } = this.context;
    if (!this.server || turn?.port === undefined) return;
    const { port, listenAddress, inherited } = turn;
    if (turn.udpAlone) await this.server.listenUdp(port, listenAddress, inherited);
    else await this.server.listen(port, listenAddress, inherited);
  }

  /** Its own port, for a process that shares it. */
  get port(): TurnPort | undefined {
    if (!this.server || this.context.turn?.port === undefined) return undefined;
    return { server: this.server.server, datagrams: this.server.datagrams };
  }

  async stop(): Promise<void> {
    await this.server?.close();
  }

  /** Totals since the start, and what is open. */
  usage(): TurnUsage {
    const { turnAllocations = 0, turnConnections = 0 } = this.server?.figures() ?? {};
    const { bytesFromClients = 0, bytesToClients = 0 } = this.server?.relayed() ?? {};
    return { allocations: turnAllocations, connections: turnConnections, bytesFromClients, bytesToClients };
  }

  figures(): Record<string, number> {
    return this.server?.figures() ?? {};
  }
}

/** Clients show it as the address of their candidates; only media nodes send to it. */
function shownAddress(family: Family): string {
  const own = hostAddresses().find((address) => familyOf(address) === family);
  return own ?? (family === 4 ? '127.0.0.1' : '::1');
}
