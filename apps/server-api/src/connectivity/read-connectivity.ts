import {
  CONNECTIVITY_REQUEST,
  type ConnectivityAnswer,
  connectivityAnswerSchema,
  type SignallingWay,
} from '@waterbus/protocol';
import type { ApiParts } from '../parts.js';

/**
 * Requests the servers for a test from one Server WS that accepts new work. Nothing, if none
 * answers soon: a test is not worth a wait.
 */
export async function readConnectivity(
  { cluster, log }: Pick<ApiParts, 'cluster' | 'log'>,
  of: { client: string | undefined; way: SignallingWay | undefined },
): Promise<ConnectivityAnswer> {
  try {
    const nodes = await cluster.nodes.list('ws');
    const node = nodes.find(({ draining }) => !draining) ?? nodes[0];
    if (!node) return NOTHING;
    const body = { ...(of.client !== undefined && { client: of.client }), ...(of.way && { way: of.way }) };
    const answer = await cluster.bus.request(node.id, CONNECTIVITY_REQUEST, body, { timeout: TIMEOUT });
    return connectivityAnswerSchema.parse(answer);
  } catch (error) {
    log.warn({ err: error }, 'no Server WS names servers for a test of the network');
    return NOTHING;
  }
}

const NOTHING: ConnectivityAnswer = { media: [], iceServers: [] };

/** Milliseconds; a test takes five seconds in all. */
const TIMEOUT = 1_000;
