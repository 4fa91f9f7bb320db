import { randomUUID } from 'node:crypto';
import type { Clock } from '@waterbus/cluster';
import type { MediaNode } from '@waterbus/media-host';
import {
  type ClientRequest,
  type ClientResponse,
  CodedError,
  type DtlsParameters,
  type IceParameters,
} from '@waterbus/protocol';
import type { PlacedRoom } from '../../placement/place.js';
import { withDeadline } from '../../time/with-deadline.js';
import { answered } from './errors.js';
import type { ParticipantMedia } from './participant-media.js';

/**
 * `room`: the data for placement. `allowed` throws without the grant; called again in its turn,
 * because the grants may have changed since the request (R7).
 */
export async function openTransport(
  media: ParticipantMedia,
  request: ClientRequest<'transport.open'>,
  room: () => PlacedRoom,
  clock: Clock,
  allowed: () => void,
): Promise<ClientResponse<'transport.open'>> {
  allowed();
  const mediaNodeId = request.mediaNodeId ?? (await placed(media, request.direction, room, clock));
  return media.on(mediaNodeId, request.direction, async (node) => {
    allowed();
    const candidate = media.directory.candidates.all.get(mediaNodeId);
    if (request.direction === 'send' && candidate?.draining) {
      throw new CodedError('server.draining', 'this media node takes nothing new');
    }
    if (media.transports.size >= media.limits.transportsPerParticipant) {
      throw new CodedError('limit.reached', `at most ${media.limits.transportsPerParticipant} transports`);
    }
    const transport = { id: randomUUID(), direction: request.direction, mediaNodeId };
    media.addTransport(transport);
    try {
      const parameters = await node.openTransport({
        routerId: media.owner.roomId,
        transportId: transport.id,
        accounts: media.owner.accounts,
        loudest: media.owner.loudest,
      });
      return { mediaNodeId, transport: parameters };
    } catch (error) {
      media.forgetTransport(transport.id);
      return answered(Promise.reject(error), 'media_node.not_found');
    }
  });
}

export async function connectTransport(
  media: ParticipantMedia,
  transportId: string,
  dtlsParameters: DtlsParameters,
): Promise<void> {
  await onTransport(media, transportId, (node) => node.connectTransport(transportId, dtlsParameters));
}

/** Runs at once, without queueing: it affects nothing else. Ignored for a closed transport. */
export async function reportFramesDropped(
  media: ParticipantMedia,
  { transportId, framesDropped }: ClientRequest<'transport.report'>,
): Promise<void> {
  const { direction, mediaNodeId } = media.transport(transportId);
  if (direction !== 'receive') throw new CodedError('request.invalid', 'this transport only sends');
  const node = media.directory.get(mediaNodeId);
  if (node) await answered(node.reportFramesDropped(transportId, framesDropped), 'transport.not_found');
}

export async function restartIce(
  media: ParticipantMedia,
  transportId: string,
): Promise<ClientResponse<'transport.restartIce'>> {
  return { iceParameters: await onTransport(media, transportId, (node) => node.restartIce(transportId)) };
}

/** Runs at once, without queueing: it affects nothing else. */
export async function setRemoteIce(
  media: ParticipantMedia,
  transportId: string,
  iceParameters: IceParameters,
): Promise<void> {
  const node = media.directory.get(media.transport(transportId).mediaNodeId);
  if (node) await answered(node.setRemoteIce(transportId, iceParameters), 'transport.not_found');
}

/** Closing a closed transport is no error. */
export async function closeTransport(media: ParticipantMedia, transportId: string): Promise<void> {
  const transport = media.transports.get(transportId);
  if (!transport) return;
  await media.on(transport.mediaNodeId, transport.direction, async (node) => {
    const gone = media.forgetTransport(transportId);
    await media.removeFromRoom(gone);
    await answered(node.closeTransport(transportId), 'transport.not_found');
  });
}

/**
 * Runs work on one of the participant's transports, in order with all other work on transports of
 * its direction on its media node.
 */
export function onTransport<T>(
  media: ParticipantMedia,
  transportId: string,
  work: (node: MediaNode) => Promise<T>,
): Promise<T> {
  const { mediaNodeId, direction } = media.transport(transportId);
  return media.on(mediaNodeId, direction, (node) => {
    media.transport(transportId);
    return answered(work(node), 'transport.not_found');
  });
}

/**
 * A media node for a newcomer. If all are lost, their replacements are starting: waits for them for
 * a while (R11).
 */
async function placed(
  media: ParticipantMedia,
  direction: 'send' | 'receive',
  room: () => PlacedRoom,
  clock: Clock,
): Promise<string> {
  if (direction === 'receive') throw new CodedError('request.invalid', 'mediaNodeId is needed to receive');
  const { directory } = media;
  const now = directory.candidates.place(room(), media.leavingNode);
  if (now) return now;
  const { arrived, cancel } = directory.changes.arrival();
  await withDeadline(clock, LONGEST_WAIT, arrived);
  cancel();
  const later = directory.candidates.place(room(), media.leavingNode);
  if (!later) throw new CodedError('server.unavailable', 'there is no media node');
  return later;
}

/**
 * Milliseconds. A worker is replaced within one or two seconds; a longer wait does not help the
 * client.
 */
const LONGEST_WAIT = 5000;
