import type { Bus } from '@waterbus/cluster';
import type { CallOutcome, MediaNodeEvent } from '@waterbus/media-host';
import type { LocalMediaNode } from './local-media-node.js';
import type { MissingQuestion } from './missed-closings.js';

/** Body of the bus requests `media.<method of MediaNode>`, sent to the Server WS node that owns the media node. */
export interface MediaCall {
  mediaNodeId: string;
  /** The Server WS node that asks. */
  asker: string;
  args: unknown[];
}

/** Body of the bus request `media.adopt`: the transports go over to the Server WS node `asker`. The answer's value names those that are not open. */
export interface MediaAdoption {
  mediaNodeId: string;
  asker: string;
  transportIds: string[];
}

/** Topic on which the owner of a media node passes on its events. */
export function mediaEventTopic(mediaNodeId: string): string {
  return `media.events.${mediaNodeId}`;
}

/** Answers a bus request for a media node of this process; `method` begins with `media.`. */
export async function serveMediaCall(
  nodes: { local(mediaNodeId: string): LocalMediaNode | undefined },
  method: string,
  body: unknown,
): Promise<CallOutcome> {
  const { mediaNodeId, asker } = body as MediaCall | MediaAdoption | MissingQuestion;
  const node = nodes.local(mediaNodeId);
  if (!node) return { ok: false, code: 'node-lost', message: `${mediaNodeId} is not here` };
  if (method === 'media.adopt') {
    return { ok: true, value: node.adopt(asker, (body as MediaAdoption).transportIds) };
  }
  if (method === 'media.missing') {
    return { ok: true, value: node.missing(asker, (body as MissingQuestion).transportIds) };
  }
  return node.answer(asker, method.slice('media.'.length), (body as MediaCall).args);
}

/** Passes a local node's events on to the other Server WS nodes while any of them has transports on it. */
export function publishMediaEvents(node: LocalMediaNode, bus: Bus, onFailure: (error: unknown) => void): () => void {
  return node.onEvent((event: MediaNodeEvent) => {
    // The loss itself is told by the lease's end, which also reaches those whose owner is gone.
    if (event.type === 'lost' || !(node.usedFromAfar() || event.type === 'transport.closed')) return;
    bus.publish(mediaEventTopic(node.id), event).catch(onFailure);
  });
}
