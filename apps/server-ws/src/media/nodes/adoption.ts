import type { Cluster } from '@waterbus/cluster';
import { adoptRemote } from './media-calls.js';
import type { MediaDirectory } from './media-directory.js';

/**
 * Notifies the owners of media nodes that a participant's transports belong to the Server WS node
 * `asker` from now on. Returns the missing transports, by media node. Rejects when an owner could
 * not be reached.
 */
export async function adoptTransports(
  transports: readonly { id: string; mediaNodeId: string }[],
  asker: string,
  { directory, cluster }: { directory: MediaDirectory; cluster: Cluster },
): Promise<{ mediaNodeId: string; transportId: string }[]> {
  const mediaNodeIds = [...new Set(transports.map(({ mediaNodeId }) => mediaNodeId))];
  const missing = await Promise.all(
    mediaNodeIds.map(async (mediaNodeId) => {
      const transportIds = transports.filter((own) => own.mediaNodeId === mediaNodeId).map(({ id }) => id);
      const absent = await adoptOn(mediaNodeId, transportIds);
      return absent.map((transportId) => ({ mediaNodeId, transportId }));
    }),
  );
  return missing.flat();

  async function adoptOn(mediaNodeId: string, transportIds: string[]): Promise<string[]> {
    const local = directory.local(mediaNodeId);
    if (local) return local.adopt(asker, transportIds);
    const remote = directory.remote(mediaNodeId);
    if (!remote) return transportIds;
    return adoptRemote(cluster.bus, { mediaNodeId, ownerId: remote.ownerId, asker }, transportIds);
  }
}
