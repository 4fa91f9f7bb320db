import type { Endpoint } from '@waterbus/stun';
import type { Family } from '../addresses.js';
import type { TurnLimits } from '../limits.js';

/** Time as a parameter, so that tests advance it by hand. */
export interface Clock {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Milliseconds since 1970. */
  date(): number;
  /** Calls back once after this many milliseconds; the returned function cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The only hosts that the server relays to. */
export interface Peers {
  /** Whether a peer has an address of this family. */
  hasFamily(family: Family): boolean;
  /** Whether a peer has this address, with any port. */
  hasAddress(address: string): boolean;
  /**
   * The endpoint at which this process reaches the peer that clients know by `peer`; undefined if
   * there is no such peer. Different peers have different endpoints.
   */
  reach(peer: Endpoint): Endpoint | undefined;
}

/** The way to one client: the 5-tuple of RFC 8656. */
export interface ClientPath {
  /** The client's address and port, as this server sees them. */
  readonly remote: Endpoint;
  /** Loses and repeats no message, pads ChannelData, and ends with the connection. */
  readonly isStream: boolean;
  /** The account of the client's address; undefined for a proxy, which stands for many. */
  readonly account: string | undefined;
  /** Never blocks or throws: a packet beyond the queue's bound is dropped. */
  send(bytes: Uint8Array): void;
}

/** A UDP socket towards peers. */
export interface Relay {
  readonly family: Family;
  readonly endpoint: Endpoint;
  send(data: Uint8Array, to: Endpoint): void;
  close(): void;
}

/** Opens relays: sockets in operation, memory in tests. */
export interface Relays {
  readonly families: readonly Family[];
  /** Rejects when no port is free. `even`: an even port. `onEnd`: the socket failed later. */
  open(options: {
    family: Family;
    even: boolean;
    onData(data: Buffer, from: Endpoint): void;
    onEnd(): void;
  }): Promise<Relay>;
}

/** Refusals and drops, by kind. */
export type TurnRefusal =
  /** Wrong or expired credentials. */
  | 'credentials'
  /** A peer that is no media node. */
  | 'peer'
  /** An allocation beyond a quota, or without a free port. */
  | 'quota'
  /** Packets beyond the bandwidth. */
  | 'bandwidth'
  /** A connection beyond the number of those without an allocation, or without one in time. */
  | 'unauthenticated'
  /** A stream that is not one of TURN. */
  | 'malformed'
  /** A client that reads nothing. */
  | 'unread';

/** Bytes of relayed packets, without headers. */
export interface TurnTraffic {
  bytesFromClients: number;
  bytesToClients: number;
}

export interface TurnEnvironment {
  clock: Clock;
  /** Of `timeLimitedCredentials`. */
  secret: string;
  realm: string;
  limits: TurnLimits;
  peers: Peers;
  relays: Relays;
  /** The totals of all clients, counted here. */
  traffic: TurnTraffic;
  /** Details hold no credentials. */
  onRefusal(kind: TurnRefusal, details: Record<string, string | number>): void;
}
