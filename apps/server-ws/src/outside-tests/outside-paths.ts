import { type IceServer, MOST_OUTSIDE_PATHS, type OutsidePath } from '@waterbus/protocol';
import { reachableCandidates } from '../media/participant/reachable-candidates.js';

/** A path, and the media node to which it leads. */
export interface PlannedPath {
  path: OutsidePath;
  mediaNodeId: string;
}

interface Node {
  id: string;
  acceptsTcp: boolean;
  endpoints(): readonly { address: string; port: number }[];
}

/**
 * Every path from a client at this address to these media nodes: the relays first, since there are
 * few of them, then the ports of each node. A test has room for forty paths.
 */
export function outsidePaths(
  nodes: readonly Node[],
  relays: readonly IceServer[],
  client: string | undefined,
): PlannedPath[] {
  const [first] = nodes;
  if (!first) return [];
  const throughRelays = relays.flatMap(relayPaths).slice(0, MOST_RELAYS);
  return [
    ...throughRelays.map((path) => ({ path, mediaNodeId: first.id })),
    ...nodes.flatMap((node) => directPaths(node, client).map((path) => ({ path, mediaNodeId: node.id }))),
  ].slice(0, MOST_OUTSIDE_PATHS);
}

function directPaths(node: Node, client: string | undefined): OutsidePath[] {
  const endpoints = reachableCandidates(node.endpoints(), client);
  const ports = [...new Set(endpoints.map(({ port }) => port))];
  const hostsAt = (port: number) => {
    const hosts = endpoints.filter((endpoint) => endpoint.port === port).map(({ address }) => address);
    return [...new Set(hosts)].slice(-MOST_HOSTS);
  };
  const udp = ports.map((port): OutsidePath => ({ kind: 'udp', hosts: hostsAt(port), port }));
  const [port] = ports;
  // Extra ports are of UDP only.
  if (port === undefined || !node.acceptsTcp) return udp;
  return [...udp, { kind: 'tcp', hosts: hostsAt(port), port }];
}

/** One for each URL (RFC 7065). STUN servers relay nothing. */
function relayPaths({ urls, ...credentials }: IceServer): OutsidePath[] {
  return urls.flatMap((url): OutsidePath[] => {
    const [, scheme, host, port] = /^(turns?):(\[[^\]]*\]|[^:?]+)(?::(\d{1,5}))?(?:\?|$)/.exec(url) ?? [];
    if (scheme === undefined || host === undefined) return [];
    const kind = scheme === 'turns' ? 'relay-tls' : /[?&]transport=tcp/i.test(url) ? 'relay-tcp' : 'relay-udp';
    const standard = scheme === 'turns' ? 5349 : 3478;
    return [{ kind, hosts: [host], port: Number(port ?? standard), iceServer: { urls: [url], ...credentials } }];
  });
}

/** Own ones, over UDP, TCP and TLS, and some outside ones. */
const MOST_RELAYS = 8;

/** The last ones are those that are announced now. */
const MOST_HOSTS = 16;
