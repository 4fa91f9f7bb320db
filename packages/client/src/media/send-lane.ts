import type { SendTransport } from '../webrtc/device.js';
import type { AbandonedTransports } from './abandoned.js';
import { ConnectionKeeper } from './connection-keeper.js';
import type { MediaContext } from './media-context.js';
import { type OpenedTransport, openTransport, transportOptions } from './open-transport.js';

/** The connection for sending, to the media node where the servers placed it. */
export interface SendLane {
  transport: SendTransport;
  keeper: ConnectionKeeper;
  mediaNodeId: string;
}

/**
 * `onGone`: it has stopped working permanently. `sends`: whether a stream that is not muted uses it.
 * `given`: the transport, where it is open already. Rejects as the request does, or when it is not
 * `wanted` any more by then.
 */
export async function openSendLane(
  context: MediaContext,
  { onGone, sends }: { onGone(lane: SendLane): void; sends(lane: SendLane): boolean },
  wanted: () => boolean,
  given?: OpenedTransport,
): Promise<SendLane> {
  const { session, device, health, paths, interruptions, ice, abandoned } = context;
  const opened = await openTransport(context, { direction: 'send' }, wanted, given);
  const { mediaNodeId, transport: parameters } = opened;
  const transportId = parameters.id;
  const transport = abandoned.unlessMade(transportId, () =>
    device.openSend({
      ...transportOptions(context, parameters, (state) => keeper.stateChanged(state)),
      produce: async ({ rtpParameters, ...stream }) =>
        (await session.request('produce', { transportId, ...stream, rtpParameters })).producerId,
      // A producer that is not closed here ends with its transport.
      withdraw: (producerId) => void session.request('producer.close', { producerId }).catch(() => {}),
    }),
  );
  const keeper = new ConnectionKeeper({
    ...{ transport, session, paths, interruptions, ice },
    health: health.transport('send'),
    onGone: () => onGone(lane),
    expected: () => sends(lane),
  });
  const lane = { transport, keeper, mediaNodeId };
  return lane;
}

/** It carries no media any more. */
export function discard({ transport, keeper }: SendLane, abandoned: AbandonedTransports): void {
  keeper.close();
  abandoned.add(transport.id);
  transport.close();
}
