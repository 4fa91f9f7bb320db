import { isIP } from 'node:net';
import type { NodeEndpoint } from '@waterbus/cluster';
import type { Endpoint } from '@waterbus/media-host';
import { canonical, type Family, familyOf, type Peers } from '@waterbus/turn';
import { type HostNetwork, hostNetwork, isLoopback } from '../media/nodes/inside-endpoints.js';

export interface MediaEndpoints {
  /** Of the media nodes of this process. */
  local(): readonly Endpoint[];
  /** Of those of other processes. */
  remote(): readonly NodeEndpoint[];
}

/** The announced addresses of all media nodes: the TURN server relays to nothing else. */
export class MediaPeers implements Peers {
  private addresses = new Set<string>();
  private families = new Set<Family | undefined>();
  private endpoints = new Map<string, Endpoint>();
  private readAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly nodes: MediaEndpoints,
    private readonly now: () => number,
    private readonly network: () => HostNetwork = hostNetwork,
  ) {}

  hasFamily(family: Family): boolean {
    this.read(LONGEST_AGE);
    return this.families.has(family);
  }

  hasAddress(address: string): boolean {
    this.read(LONGEST_AGE);
    // A node that has just come up is not in the list yet.
    if (!this.addresses.has(address)) this.read(AGE_OF_A_MISS);
    return this.addresses.has(address);
  }

  reach({ address, port }: Endpoint): Endpoint | undefined {
    this.read(LONGEST_AGE);
    const name = `${address} ${port}`;
    if (!this.endpoints.has(name)) this.read(AGE_OF_A_MISS);
    return this.endpoints.get(name);
  }

  private read(longestAge: number): void {
    const now = this.now();
    if (now - this.readAt <= longestAge) return;
    this.readAt = now;
    this.addresses = new Set();
    this.families = new Set();
    this.endpoints = new Map();
    for (const { address, port, inside } of this.nodes.remote()) {
      if (!isLoopback(address)) this.add({ address, port }, inside ?? address);
    }
    // Last: what this process knows of its own nodes is right.
    const own = this.network().own.map(canonical);
    const beyondNat: string[] = [];
    for (const endpoint of this.nodes.local())
      this.add(endpoint, reachedAt(canonical(endpoint.address), own, beyondNat));
  }

  private add({ address, port }: Endpoint, at: string): void {
    const peer = canonical(address);
    if (isIP(peer) === 0 || isIP(canonical(at)) === 0) return;
    this.addresses.add(peer);
    // Loopback is announced last, for clients on this host.
    if (!isLoopback(peer)) this.families.add(familyOf(peer));
    this.endpoints.set(`${peer} ${port}`, { address: canonical(at), port });
  }
}

/**
 * An announced address that is not one of this host is that of a NAT, which may not lead back. The
 * node is here: each such address stands for a loopback address of its own, so that packets from
 * there have one announced source. IPv6 has one loopback address.
 */
function reachedAt(address: string, own: readonly string[], beyondNat: string[]): string {
  if (own.includes(address)) return address;
  if (isIP(address) === 6) return '::1';
  if (isLoopback(address)) return address;
  if (!beyondNat.includes(address)) beyondNat.push(address);
  const index = beyondNat.indexOf(address);
  return index < LOOPBACKS ? `127.0.0.${index + 2}` : '127.0.0.1';
}

/** Milliseconds, as the interval of the nodes' reports. */
const LONGEST_AGE = 1000;

/** Milliseconds: clients that ask for strangers cost no more than this. */
const AGE_OF_A_MISS = 50;

/** 127.0.0.2 to 127.0.0.254. */
const LOOPBACKS = 253;
