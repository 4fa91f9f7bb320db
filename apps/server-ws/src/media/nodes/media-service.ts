import type { Bus } from '@waterbus/cluster';
import { type CallOutcome, type MediaNodeEvent, type MediaNodeMethod, mediaNodeMethods } from '@waterbus/media-host';
import { type BusMethod, busTopics } from '../../bus/contract.js';
import type { BusHandlers } from '../../bus/serve.js';
import type { LocalMediaNode } from './local-media-node.js';

export type MediaMethod = Extract<BusMethod, `media.${string}`>;

/** Answers the bus requests for media nodes of this process. */
export function mediaHandlers(nodes: {
  local(mediaNodeId: string): LocalMediaNode | undefined;
}): Pick<BusHandlers, MediaMethod> {
  type Handler = (body: { mediaNodeId: string; asker: string }) => Promise<CallOutcome>;
  const calls = mediaNodeMethods.map((method: MediaNodeMethod): [string, Handler] => [
    `media.${method}`,
    async (body) => on(body, (node) => node.answer(body.asker, method, (body as { args?: unknown[] }).args ?? [])),
  ]);
  return {
    // The table of methods is that of the contract, which does not compile without all of them.
    ...(Object.fromEntries(calls) as unknown as Pick<BusHandlers, `media.${MediaNodeMethod}`>),
    'media.adopt': async (body) =>
      on(body, async (node) => ({ ok: true, value: node.adopt(body.asker, body.transportIds) })),
    'media.missing': async (body) =>
      on(body, async (node) => ({ ok: true, value: node.missing(body.asker, body.transportIds) })),
  };

  // The answer's value has the method's own type: the contract parses it at the receiver.
  async function on(
    { mediaNodeId }: { mediaNodeId: string },
    work: (node: LocalMediaNode) => Promise<CallOutcome>,
  ): Promise<{ ok: true; value: never } | Extract<CallOutcome, { ok: false }>> {
    const node = nodes.local(mediaNodeId);
    if (!node) return { ok: false, code: 'node-lost', message: `${mediaNodeId} is not here` };
    return (await work(node)) as { ok: true; value: never };
  }
}

/**
 * Publishes a local node's events to the other Server WS nodes while any of them has transports on
 * it, and the active speakers to the homes of the room.
 */
export function publishMediaEvents(node: LocalMediaNode, bus: Bus, onFailure: (error: unknown) => void): () => void {
  return node.onEvent((event: MediaNodeEvent) => {
    // The end of the lease shows the loss of the node itself, also to nodes whose owner is lost.
    if (event.type === 'router.speakers') {
      // Of rooms, not of transports: every home of the room receives it. Routers are named after
      // their rooms.
      const { routerId, speakers } = event;
      bus.publish(busTopics.speakers.of(routerId), { mediaNodeId: node.id, speakers }).catch(onFailure);
      return;
    }
    if (event.type === 'lost' || !(node.usedFromAfar() || event.type === 'transport.closed')) return;
    bus.publish(busTopics.mediaEvents.of(node.id), event).catch(onFailure);
  });
}
