import { type Bus, BusError, type Unsubscribe } from '@waterbus/cluster';
import {
  type CallOutcome,
  type MediaCallName,
  MediaNodeError,
  type MediaNodeEvent,
  mediaCallNames,
} from '@waterbus/media-host';
import { CodedError } from '@waterbus/protocol';
import { ask } from '../../bus/ask.js';
import { type BusEvent, type BusMethod, busTopics } from '../../bus/contract.js';
import { type BusHandlers, topicListener } from '../../bus/serve.js';
import type { Refusals } from '../../refusals.js';

/**
 * Everything about media nodes that Server WS nodes send each other over the bus: calls, the
 * transfer of transports, and events. A media node is represented by its owner, the Server WS whose
 * process runs it. `bus/media-contract.ts` has the schemas.
 */

/** A media node of another Server WS, and the Server WS node that calls it. */
export interface RemoteAddress {
  mediaNodeId: string;
  ownerId: string;
  asker: string;
}

/**
 * One call of a remote media node. Rejects with a `MediaNodeError` when its owner is gone, and with
 * `server.unavailable` when it cannot be reached now.
 */
export async function callRemote(
  bus: Bus,
  { mediaNodeId, ownerId, asker }: RemoteAddress,
  name: MediaCallName,
  args: unknown[],
): Promise<CallOutcome> {
  try {
    // `RemoteCalls` types the arguments of each call; the contract parses them at the receiver.
    const answer: Promise<unknown> = ask(bus, ownerId, `media.${name}`, { mediaNodeId, asker, args } as never);
    return (await answer) as CallOutcome;
  } catch (error) {
    const lost = error instanceof BusError && error.reason === 'no-such-node';
    if (lost) throw new MediaNodeError('node-lost', `${mediaNodeId} cannot be reached: ${String(error)}`);
    // Redis is away, or a node is slow: media continue, and the end of the lease shows the loss of
    // the node (R6).
    throw new CodedError('server.unavailable', `${mediaNodeId} cannot be reached now`);
  }
}

/**
 * From now on the transports belong to the Server WS node `asker`. Returns those that are not open;
 * all of them if the media node is lost. Rejects when the owner could not be reached.
 */
export async function adoptRemote(
  bus: Bus,
  { mediaNodeId, ownerId, asker }: RemoteAddress,
  transportIds: string[],
): Promise<string[]> {
  const outcome = await ask(bus, ownerId, 'media.adopt', { mediaNodeId, asker, transportIds });
  return outcome.ok ? outcome.value : transportIds;
}

/**
 * The transports of the Server WS node `asker` that are closed; undefined if the media node is
 * lost, which its lease reports. Rejects when the owner could not be reached.
 */
export async function missingRemote(
  bus: Bus,
  { mediaNodeId, ownerId, asker }: RemoteAddress,
  transportIds: string[],
): Promise<string[] | undefined> {
  const outcome = await ask(bus, ownerId, 'media.missing', { mediaNodeId, asker, transportIds });
  return outcome.ok ? outcome.value : undefined;
}

/** A media node of this process, as its owner represents it on the bus. */
export interface RepresentedNode {
  readonly id: string;
  /** Carries out a call of the Server WS node `asker`. */
  answer(asker: string, name: MediaCallName, args: unknown[]): Promise<CallOutcome>;
  adopt(asker: string, transportIds: string[]): string[];
  missing(asker: string, transportIds: string[]): string[];
  onEvent(listener: (event: MediaNodeEvent) => void): Unsubscribe;
  /** Whether other processes have transports here: only then must events leave the process. */
  usedFromAfar(): boolean;
}

/** Answers the bus requests for media nodes of this process. */
export function mediaHandlers(nodes: {
  local(mediaNodeId: string): RepresentedNode | undefined;
}): Pick<BusHandlers, Extract<BusMethod, `media.${string}`>> {
  const calls = mediaCallNames.map((name) => [
    `media.${name}`,
    (body: { mediaNodeId: string; asker: string; args: unknown[] }) =>
      on(body, (node) => node.answer(body.asker, name, body.args)),
  ]);
  return {
    // The contract does not compile without a schema for each entry of the table.
    ...(Object.fromEntries(calls) as Pick<BusHandlers, `media.${MediaCallName}`>),
    'media.adopt': (body) => on(body, (node) => ({ ok: true, value: node.adopt(body.asker, body.transportIds) })),
    'media.missing': (body) => on(body, (node) => ({ ok: true, value: node.missing(body.asker, body.transportIds) })),
  };

  // The answer's value has the call's own type: the contract parses it at the receiver.
  async function on(
    { mediaNodeId }: { mediaNodeId: string },
    work: (node: RepresentedNode) => CallOutcome | Promise<CallOutcome>,
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
export function publishMediaEvents(node: RepresentedNode, bus: Bus, failed: (error: unknown) => void): Unsubscribe {
  return node.onEvent((event) => {
    // The end of the lease shows the loss of the node itself, also to nodes whose owner is lost.
    if (event.type === 'router.speakers') {
      // Of rooms, not of transports: every home of the room receives it. Routers are named after
      // their rooms.
      const { routerId, speakers } = event;
      bus.publish(busTopics.speakers.of(routerId), { mediaNodeId: node.id, speakers }).catch(failed);
      return;
    }
    if (event.type === 'lost' || !(node.usedFromAfar() || event.type === 'transport.closed')) return;
    bus.publish(busTopics.mediaEvents.of(node.id), event).catch(failed);
  });
}

export function subscribeMediaEvents(
  mediaNodeId: string,
  bus: Bus,
  refusals: Refusals,
  listener: (event: BusEvent<'mediaEvents'>) => void,
): Promise<Unsubscribe> {
  return bus.subscribe(busTopics.mediaEvents.of(mediaNodeId), topicListener('mediaEvents', refusals, listener));
}
