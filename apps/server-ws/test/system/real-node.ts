import { createInProcessCluster } from '@waterbus/cluster';
import { createMediaHost, type WorkerHost } from '@waterbus/media-host';
import { afterEach, beforeEach } from 'vitest';
import { type Node, startNode } from './signalling.js';

/** Of the running test: sockets, signalling, worker process, engine and packets are real. */
export let node: Node<WorkerHost>;
/** Closed after the running test, before the node. */
export const open: { close(): void }[] = [];

/** Each test of the file gets a `node` of its own. */
export function useRealNode(): void {
  beforeEach(async () => {
    const mediaHost = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: 'ws-1' });
    node = await startNode({ nodeId: 'ws-1', mediaHost, cluster: createInProcessCluster() });
  });
  afterEach(async () => {
    for (const part of open.splice(0)) part.close();
    await node.close();
    await node.mediaHost.close();
    await node.cluster.close();
  });
}
