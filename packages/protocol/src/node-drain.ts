import * as z from 'zod';

/**
 * A request of an administrator to a Server WS node, over the bus: start emptying the node, or accept
 * newcomers again. Answered at once. Rejects with `node.last` when no other node can take over, and
 * with `server.draining` when the process is stopping, which only its own signals end.
 */
export const NODE_DRAIN = 'node.drain';

export const nodeDrainSchema = z.object({ draining: z.boolean() });
export type NodeDrain = z.infer<typeof nodeDrainSchema>;
