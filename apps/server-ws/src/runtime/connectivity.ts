import type { HostedMediaNode } from '@waterbus/media-host';
import type { ConnectivityAnswer } from '@waterbus/protocol';
import { reachableCandidates } from '../media/participant/reachable-candidates.js';

/**
 * The servers with which a client tests its network before a call. It gets no address that it would
 * not get as a candidate in a call.
 */
export function connectivityFor(
  { client }: { client?: string | undefined },
  nodes: readonly Pick<HostedMediaNode, 'endpoints' | 'acceptsTcp'>[],
): ConnectivityAnswer {
  // A host's workers differ in their ports; those of one are enough for a test.
  const node = nodes[0];
  if (!node) return { media: [], iceServers: [] };
  const endpoints = reachableCandidates(node.endpoints(), client).slice(-MOST_ENDPOINTS);
  return { media: endpoints.map((endpoint) => ({ ...endpoint, tcp: node.acceptsTcp })), iceServers: [] };
}

/** The last ones are those that are announced now. */
const MOST_ENDPOINTS = 16;
