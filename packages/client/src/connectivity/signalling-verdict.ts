import type { PathVerdict } from '../api/connection-test.js';
import type { OpenSocket } from '../signalling/socket.js';

/** Whether the WebSocket of one of these origins opens before `signal`. */
export async function signallingVerdict(
  origins: readonly string[],
  open: OpenSocket,
  signal: AbortSignal,
): Promise<PathVerdict> {
  if (origins.length === 0) return 'none';
  const nobody = { message: () => {}, lost: () => {} };
  const opening = origins.slice(0, MOST_ORIGINS).map(async (origin) => (await open(origin, nobody, signal)).close());
  return Promise.any(opening).then(
    () => 'open',
    () => 'blocked',
  );
}

/** Each server of a cluster is reached through the same proxies, in most cases. */
const MOST_ORIGINS = 2;
