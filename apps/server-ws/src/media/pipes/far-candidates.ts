import type { NodeEndpoint } from '@waterbus/cluster';
import type { TransportParameters } from '@waterbus/media-host';

/**
 * A transport of another media node with the addresses at which servers may reach it: those inside
 * its network first, and loopback when both nodes are on one host.
 */
export function forServers(
  transport: TransportParameters,
  endpoints: readonly NodeEndpoint[],
  isSameHost: boolean,
): TransportParameters {
  const announced = transport.iceCandidates.filter(({ protocol }) => protocol === 'udp');
  const [first] = announced;
  if (!first) return { ...transport, iceCandidates: [] };
  const inside = endpoints.flatMap(({ inside: address, port }) => (address === undefined ? [] : [{ address, port }]));
  const ports = new Set(announced.map(({ port }) => port));
  const loopback = isSameHost ? [...ports].map((port) => ({ address: LOOPBACK, port })) : [];
  const known = new Set<string>();
  const added = [...loopback, ...inside].map((endpoint) => ({ ...first, ...endpoint, ip: endpoint.address }));
  const iceCandidates = [...added, ...announced].filter(({ address, port }) => {
    const name = `${address} ${port}`;
    return !known.has(name) && known.add(name);
  });
  return { ...transport, iceCandidates };
}

const LOOPBACK = '127.0.0.1';
