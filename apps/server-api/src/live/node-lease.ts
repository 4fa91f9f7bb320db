import type { Clock, Cluster, NodeAbout } from '@waterbus/cluster';
import type { FastifyBaseLogger } from 'fastify';

/**
 * Registers this Server API among the nodes of the cluster, where administrators see it. Without the
 * shared state the server works, so it repeats the attempt. The result releases the lease.
 */
export function holdNodeLease(
  { cluster, clock, log }: { cluster: Cluster; clock: Clock; log: FastifyBaseLogger },
  { id, about }: { id: string; about: NodeAbout },
): () => Promise<void> {
  let isOver = false;
  let stopTimer = () => {};
  const attempt = async () => {
    try {
      const lease = await cluster.nodes.register({ id, kind: 'api', draining: false, load: {}, about });
      if (isOver) await lease.release();
      else release = () => lease.release();
    } catch (error) {
      log.warn({ nodeId: id, err: error }, 'this server is not registered in the cluster yet');
      if (!isOver) stopTimer = clock.after(PAUSE, () => void attempt());
    }
  };
  let release = async () => {};
  void attempt();
  return async () => {
    isOver = true;
    stopTimer();
    // It expires by itself when the shared state is unreachable.
    await release().catch(() => {});
  };
}

/** Milliseconds: the lease of a killed predecessor with the same id has expired by then. */
const PAUSE = 5_000;
