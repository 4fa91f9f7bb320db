import type { ClientRequest, ClientResponse } from '@waterbus/protocol';
import type { TransportOptions, TransportState } from '../webrtc/device.js';
import type { MediaContext } from './media-context.js';

export type OpenedTransport = ClientResponse<'transport.open'>;

/**
 * A transport on the servers, for a loaded device. `given`: the transport, where it is open already.
 * Rejects as the request does, or when it is not `wanted` any more by then.
 */
export async function openTransport(
  { session, ready, abandoned }: MediaContext,
  request: ClientRequest<'transport.open'>,
  wanted: () => boolean,
  given?: OpenedTransport,
): Promise<OpenedTransport> {
  const [opened] = await Promise.all([given ?? session.request('transport.open', request), ready()]);
  if (wanted()) return opened;
  abandoned.add(opened.transport.id);
  throw new Error('reset while the transport was being opened');
}

/** The device's side of it. */
export function transportOptions(
  { session, ice }: MediaContext,
  parameters: OpenedTransport['transport'],
  onState: (state: TransportState) => void,
): TransportOptions {
  return {
    parameters,
    ...ice(),
    connect: async (dtlsParameters) => {
      await session.request('transport.connect', { transportId: parameters.id, dtlsParameters });
    },
    onState,
  };
}
