import type { Cluster } from '@waterbus/cluster';
import { missingRemote } from './media-calls.js';
import type { MediaDirectory } from './media-directory.js';
import type { MediaOwners } from './media-owners.js';

/**
 * After an outage of Redis, or after others took this node for dead (R6): transports on their media
 * nodes may have been closed without an event, and streams published through them would stay in the
 * room. Rejects when an owner could not be reached.
 */
export async function catchUpOnClosings(
  transports: readonly { id: string; mediaNodeId: string }[],
  surroundings: { cluster: Cluster; directory: MediaDirectory; owners: Pick<MediaOwners, 'handle'>; nodeId: string },
): Promise<void> {
  const { cluster, directory, owners, nodeId } = surroundings;
  const mediaNodeIds = new Set(transports.map(({ mediaNodeId }) => mediaNodeId));
  await Promise.all(
    [...mediaNodeIds].map(async (mediaNodeId) => {
      const remote = directory.remote(mediaNodeId);
      if (!remote) return;
      const transportIds = transports.filter((transport) => transport.mediaNodeId === mediaNodeId).map(({ id }) => id);
      const address = { mediaNodeId, ownerId: remote.ownerId, asker: nodeId };
      const missing = await missingRemote(cluster.bus, address, transportIds);
      for (const transportId of missing ?? []) {
        owners.handle(mediaNodeId, { type: 'transport.closed', transportId, reason: 'router-closed' });
      }
    }),
  );
}
