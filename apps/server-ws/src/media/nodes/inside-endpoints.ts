import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { NodeEndpoint } from '@waterbus/cluster';
import { type Endpoint, hostAddresses } from '@waterbus/media-host';

/**
 * The announced addresses of a media node of this host for the other servers, each with the
 * address by which they reach it: behind NAT, an announced address is not one of this host, and
 * perhaps not reachable from inside. Loopback is another host there.
 */
export function insideEndpoints(
  announced: readonly Endpoint[],
  { own, reachable }: HostNetwork = hostNetwork(),
): NodeEndpoint[] {
  return announced.flatMap(({ address, port }) => {
    if (isLoopback(address)) return [];
    if (own.includes(address)) return [{ address, port }];
    const inside = reachable.find((other) => isIP(other) === isIP(address) && !isLoopback(other));
    return [{ address, port, ...(inside !== undefined && { inside }) }];
  });
}

export interface HostNetwork {
  /** All addresses of the interfaces. */
  own: readonly string[];
  /** Those that other hosts reach, the best first. */
  reachable: readonly string[];
}

export function hostNetwork(): HostNetwork {
  const interfaces = networkInterfaces();
  const own = Object.values(interfaces).flatMap((list) => (list ?? []).map(({ address }) => address));
  return { own, reachable: hostAddresses(interfaces) };
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\./.test(address);
}
