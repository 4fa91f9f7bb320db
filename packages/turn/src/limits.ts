/** Limits of one TURN server. */
export interface TurnLimits {
  /** Allocations in all; each takes a UDP port and a descriptor. */
  allocations: number;
  allocationsPerAddress: number;
  allocationsPerUser: number;
  /** Bytes a second that are relayed in both directions, and twice of it at once. */
  bytesPerSecond: number;
  bytesPerSecondPerAddress: number;
  bytesPerSecondPerUser: number;
  /** Connections without an allocation. */
  unauthenticated: number;
  unauthenticatedPerAddress: number;
  /** Datagrams a second from clients without an allocation, in all and from one address. */
  strangersPerSecond: number;
  strangersPerSecondPerAddress: number;
  /** Milliseconds until a connection has an allocation. */
  allocateTime: number;
  /** Milliseconds until a message that has begun is complete. */
  frameTime: number;
  /** Bytes that a client has not read; further packets for it are dropped. */
  queueBytes: number;
  /** Milliseconds after which a client that reads nothing is cut off. */
  queueTime: number;
  /** Bytes of one message. */
  messageBytes: number;
  permissionsPerAllocation: number;
  channelsPerAllocation: number;
}

export const defaultTurnLimits: TurnLimits = {
  // Descriptors: Node raises the limit to the hard one, which is 4,096 at least on Debian.
  allocations: 2000,
  allocationsPerAddress: 500,
  // Eight transports; each may allocate by two addresses of the server and on two networks.
  allocationsPerUser: 32,
  // A gigabit in all; 400 Mbit/s for an office; 40 Mbit/s for a page of 16 tiles with its camera.
  bytesPerSecond: 125_000_000,
  bytesPerSecondPerAddress: 50_000_000,
  bytesPerSecondPerUser: 5_000_000,
  // An allocation takes two round trips: these are for hundreds of joins a second.
  unauthenticated: 1000,
  unauthenticatedPerAddress: 200,
  strangersPerSecond: 2000,
  strangersPerSecondPerAddress: 50,
  allocateTime: 10_000,
  frameTime: 10_000,
  // A tenth of a second of the fastest user: packets that are older than that are of no use.
  queueBytes: 512 * 1024,
  queueTime: 30_000,
  // Media and DTLS stay below an Ethernet frame; a Send indication adds 36 bytes.
  messageBytes: 4096,
  // A transport has one media node, and each node a few addresses.
  permissionsPerAllocation: 64,
  channelsPerAllocation: 64,
};
