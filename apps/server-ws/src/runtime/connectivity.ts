import type { Endpoint } from '@waterbus/media-host';
import type { ConnectivityAnswer } from '@waterbus/protocol';
import { reachableCandidates } from '../media/participant/reachable-candidates.js';

/**
 * The servers with which a client tests its network before a call. It gets no address that it would
 * not get as a candidate in a call.
 */
export function connectivityFor(
  { client }: { client?: string | undefined },
  nodes: readonly { endpoints(): readonly Endpoint[] }[],
): ConnectivityAnswer {
  // A host's workers differ in their ports; those of one are enough for a test.
  const endpoints = nodes[0]?.endpoints() ?? [];
  const media = reachableCandidates(endpoints, client).slice(-MOST_ENDPOINTS);
  return { media: media.map(({ address, port }) => ({ address, port, tcp: false })), iceServers: [] };
}

/** The last ones are those that are announced now. */
const MOST_ENDPOINTS = 8;
