import type { Clock } from '@waterbus/cluster';
import type { RtpCapabilities } from '@waterbus/media-host';
import type { ClientResponse, JoinedResponse, JoinRequestMedia } from '@waterbus/protocol';
import type { LiveRoom } from '../../rooms/live-room.js';
import { withDeadline } from '../../time/with-deadline.js';
import { deviceCapabilities } from './device-capabilities.js';
import type { ParticipantMedia } from './participant-media.js';
import { subscribe, unsubscribe } from './subscribing.js';
import { closeTransport, openTransport } from './transports.js';

export interface FirstMediaSurroundings {
  clock: Clock;
  rtpCapabilities(): Promise<RtpCapabilities>;
  /** Throw without the grant (R7). */
  maySend(): void;
  mayReceive(): void;
}

type FirstMedia = NonNullable<JoinedResponse['media']>;

/**
 * Opens the media that a new participant otherwise requests right after joining, to save round
 * trips: a transport to send through, and for each media node a transport and consumers. Refused
 * media, and media that take longer than `LONGEST_OPENING`, are left out: the client requests them
 * itself, and gets the reason. Media that the client never connects end like any transport. Never
 * rejects.
 */
export async function openFirstMedia(
  media: ParticipantMedia,
  room: LiveRoom,
  wanted: JoinRequestMedia,
  surroundings: FirstMediaSurroundings,
): Promise<FirstMedia> {
  const { clock, maySend, mayReceive } = surroundings;
  const opened: FirstMedia = { receive: [] };
  let answered = false;
  const open = async (direction: 'send' | 'receive', mediaNodeId?: string) => {
    const allowed = direction === 'send' ? maySend : mayReceive;
    const request = { direction, ...(mediaNodeId !== undefined && { mediaNodeId }) };
    const way = await openTransport(media, request, () => room.toPlace(), clock, allowed);
    if (!answered) return way;
    await closeTransport(media, way.transport.id);
    throw new Error('the newcomer has its answer');
  };

  const sending = async (): Promise<void> => {
    if (!wanted.send) return;
    opened.send = await open('send');
  };
  const receiving = async (mediaNodeId: string, receive: RtpCapabilities): Promise<void> => {
    const way = await open('receive', mediaNodeId);
    const consumers: ClientResponse<'subscribe'>['consumers'] = [];
    opened.receive.push({ ...way, consumers });
    const capabilities = deviceCapabilities(receive, await surroundings.rtpCapabilities());
    for (const participantId of publishersOn(mediaNodeId, media, room)) {
      // The client requests the rest, and shows some pictures first.
      if (answered || consumers.length >= MOST_CONSUMERS) return;
      const request = { participantId, transportId: way.transport.id, rtpCapabilities: capabilities, paused: false };
      const { consumers: more } = await subscribe(media, room, request, mayReceive);
      if (!answered) consumers.push(...more);
      // The client does not know them and requests its own.
      else await unsubscribe(media, participantId);
    }
  };
  const all = async (): Promise<void> => {
    const { receive } = wanted;
    const nodes = receive ? publishingNodes(media, room) : [];
    const ways = nodes.map((mediaNodeId) => receiving(mediaNodeId, receive!));
    // Others will most likely publish on the media node of this one.
    const beside = sending().then(async () => {
      const { mediaNodeId } = opened.send ?? {};
      if (receive && mediaNodeId !== undefined && !nodes.includes(mediaNodeId)) await receiving(mediaNodeId, receive);
    });
    await Promise.allSettled([...ways, beside]);
  };
  await withDeadline(clock, LONGEST_OPENING, all());
  answered = true;
  // The current state: a subscription under way continues.
  return { ...opened, receive: opened.receive.map((way) => ({ ...way, consumers: [...way.consumers] })) };
}

/**
 * Media nodes on which others publish, the one with the most producers first; a silent one would
 * only delay the answer.
 */
function publishingNodes(media: ParticipantMedia, room: LiveRoom): string[] {
  const counts = new Map<string, number>();
  const isSilent = (mediaNodeId: string) => media.directory.remote(mediaNodeId)?.silent ?? false;
  for (const { id, producers } of room.participants) {
    if (id === media.owner.participantId) continue;
    for (const { mediaNodeId } of producers)
      if (!isSilent(mediaNodeId)) counts.set(mediaNodeId, (counts.get(mediaNodeId) ?? 0) + 1);
  }
  const nodes = [...counts.keys()].sort((one, other) => counts.get(other)! - counts.get(one)!);
  return nodes.slice(0, MOST_NODES);
}

/** The publishers with a stream on this media node that no other one continues (R10). */
function publishersOn(mediaNodeId: string, media: ParticipantMedia, room: LiveRoom): string[] {
  return room.participants
    .filter(({ id, producers }) => {
      if (id === media.owner.participantId) return false;
      const replaced = new Set(producers.map(({ replaces }) => replaces));
      return producers.some((producer) => producer.mediaNodeId === mediaNodeId && !replaced.has(producer.id));
    })
    .map(({ id }) => id);
}

/** Milliseconds. A media node needs some tens of them; a slow one must not delay a join. */
const LONGEST_OPENING = 400;

/** Half of a participant's limit, so that the client can still open others. */
const MOST_NODES = 3;

/** For each media node: a page of tiles with their sound. */
const MOST_CONSUMERS = 36;
