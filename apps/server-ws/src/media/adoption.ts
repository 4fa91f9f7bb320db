import type { Cluster } from '@waterbus/cluster';
import type { MediaDirectory } from './media-directory.js';
import type { MediaAdoption } from './media-service.js';
import type { MediaHandover } from './participant-media.js';

/** Tells the owners of media nodes that a participant's transports live and die with this node from now on. */
export async function adoptTransports(
  handover: MediaHandover,
  directory: MediaDirectory,
  cluster: Cluster,
  asker: string,
): Promise<void> {
  const transportIds = (mediaNodeId: string) =>
    handover.transports.filter((transport) => transport.mediaNodeId === mediaNodeId).map(({ id }) => id);
  const mediaNodeIds = new Set(handover.transports.map((transport) => transport.mediaNodeId));
  await Promise.all(
    [...mediaNodeIds].map(async (mediaNodeId) => {
      const adoption: MediaAdoption = { mediaNodeId, asker, transportIds: transportIds(mediaNodeId) };
      directory.local(mediaNodeId)?.adopt(asker, adoption.transportIds);
      const remote = directory.remote(mediaNodeId);
      if (remote) await cluster.bus.request(remote.ownerId, 'media.adopt', adoption);
    }),
  );
}
