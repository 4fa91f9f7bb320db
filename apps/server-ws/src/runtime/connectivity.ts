import type { HostedMediaNode } from '@waterbus/media-host';
import type { ConnectivityAnswer, ConnectivityRequest } from '@waterbus/protocol';
import { reachableCandidates } from '../media/participant/reachable-candidates.js';
import type { IceServers } from '../turn/ice-servers.js';

/**
 * The servers with which a client tests its network before a call. It gets no address that it would
 * not get as a candidate in a call.
 */
export function connectivityFor(
  { client, way }: ConnectivityRequest,
  nodes: readonly Pick<HostedMediaNode, 'endpoints' | 'acceptsTcp'>[],
  relays: Pick<IceServers, 'forTest'>,
): ConnectivityAnswer {
  const iceServers = relays.forTest(way).slice(0, MOST_RELAYS);
  // A host's workers differ in their ports; those of one are enough for a test.
  const node = nodes[0];
  if (!node) return { media: [], iceServers };
  const endpoints = reachableCandidates(node.endpoints(), client).slice(-MOST_ENDPOINTS);
  return { media: endpoints.map((endpoint) => ({ ...endpoint, tcp: node.acceptsTcp })), iceServers };
}

/** The last ones are those that are announced now. */
const MOST_ENDPOINTS = 16;

/** Each costs the browser a connection. */
const MOST_RELAYS = 4;
