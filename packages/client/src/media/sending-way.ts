import type { ClientResponse } from '@waterbus/protocol';
import type { MediaHealth } from '../adaptive/media-health.js';
import type { Requester } from '../signalling/session.js';
import type { MediaDevice, SendTransport } from '../webrtc/device.js';
import type { AbandonedTransports } from './abandoned.js';
import { ConnectionKeeper } from './connection-keeper.js';

/** A transport for sending, to the media node where the servers placed it. */
export interface SendingWay {
  send: SendTransport;
  keeper: ConnectionKeeper;
  mediaNodeId: string;
}

export interface SendingWayOptions {
  session: Requester;
  device: MediaDevice;
  iceServers: () => RTCIceServer[];
  /** Resolves once the device is loaded. */
  ready: () => Promise<void>;
  health: MediaHealth;
  abandoned: AbandonedTransports;
}

export type OpenedTransport = ClientResponse<'transport.open'>;

/**
 * `onGone`: it has stopped working permanently. `given`: the transport, where it is open already.
 * Rejects as the request does, or when it is not `wanted` any more by then.
 */
export async function openSendingWay(
  { session, device, iceServers, ready, health, abandoned }: SendingWayOptions,
  onGone: (way: SendingWay) => void,
  wanted: () => boolean,
  given?: OpenedTransport,
): Promise<SendingWay> {
  const [{ mediaNodeId, transport: parameters }] = await Promise.all([
    given ?? session.request('transport.open', { direction: 'send' }),
    ready(),
  ]);
  const transportId = parameters.id;
  if (!wanted()) {
    abandoned.add(transportId);
    throw new Error('reset while the transport was being opened');
  }
  const send = abandoned.unlessMade(transportId, () =>
    device.openSend({
      parameters,
      iceServers: iceServers(),
      connect: async (dtlsParameters) => {
        await session.request('transport.connect', { transportId, dtlsParameters });
      },
      produce: async ({ rtpParameters, ...stream }) =>
        (await session.request('produce', { transportId, ...stream, rtpParameters })).producerId,
      // A producer that is not closed here ends with its transport.
      withdraw: (producerId) => void session.request('producer.close', { producerId }).catch(() => {}),
      onState: (state) => keeper.stateChanged(state),
    }),
  );
  const keeper = new ConnectionKeeper(send, session, health.transport('send'), () => onGone(way));
  const way = { send, keeper, mediaNodeId };
  return way;
}

/** It carries no media any more. */
export function discard({ send, keeper }: SendingWay, abandoned: AbandonedTransports): void {
  keeper.close();
  abandoned.add(send.id);
  send.close();
}
