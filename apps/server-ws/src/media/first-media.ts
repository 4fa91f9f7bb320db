import type { Clock } from '@waterbus/cluster';
import type { RtpCapabilities } from '@waterbus/media-host';
import type { ClientResponse, JoinedResponse, JoinRequestMedia } from '@waterbus/protocol';
import { atMost } from '../at-most.js';
import type { LiveRoom } from '../room/live-room.js';
import { deviceCapabilities } from './device-capabilities.js';
import type { ParticipantMedia } from './participant-media.js';
import { subscribe, unsubscribe } from './subscribing.js';
import { closeTransport, openTransport } from './transports.js';

export interface FirstMediaSurroundings {
  clock: Clock;
  rtpCapabilities(): Promise<RtpCapabilities>;
  /** Throw when it is not granted (R7). */
  maySend(): void;
  mayReceive(): void;
}

type FirstMedia = NonNullable<JoinedResponse['media']>;

/**
 * Opens what a newcomer would ask for right after joining, so that its answer carries it and some round trips are saved: a transport to send through, and
 * for each media node a transport and consumers. What is refused, or takes longer than `LONGEST_OPENING`, is left out: the client asks for it
 * itself, and learns the reason. What the client never connects ends as any transport does. Never rejects.
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
      // The rest is asked for by the client, which shows some first.
      if (answered || consumers.length >= MOST_CONSUMERS) return;
      const request = { participantId, transportId: way.transport.id, rtpCapabilities: capabilities, paused: false };
      const { consumers: more } = await subscribe(media, room, request, mayReceive);
      if (!answered) consumers.push(...more);
      // The client does not know of them and asks for its own.
      else await unsubscribe(media, participantId);
    }
  };
  const all = async (): Promise<void> => {
    const { receive } = wanted;
    const nodes = receive ? publishingNodes(media, room) : [];
    const ways = nodes.map((mediaNodeId) => receiving(mediaNodeId, receive!));
    // Others will most likely publish where this one does.
    const beside = sending().then(async () => {
      const { mediaNodeId } = opened.send ?? {};
      if (receive && mediaNodeId !== undefined && !nodes.includes(mediaNodeId)) await receiving(mediaNodeId, receive);
    });
    await Promise.allSettled([...ways, beside]);
  };
  await atMost(clock, LONGEST_OPENING, all());
  answered = true;
  // As it is now: a subscription under way goes on.
  return { ...opened, receive: opened.receive.map((way) => ({ ...way, consumers: [...way.consumers] })) };
}

/**
 * Media nodes where others publish, those with the most of them first; one that is not heard would
 * only hold the answer back.
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

/** Who has a stream on this media node that is not carried on from another one (R10). */
function publishersOn(mediaNodeId: string, media: ParticipantMedia, room: LiveRoom): string[] {
  return room.participants
    .filter(({ id, producers }) => {
      if (id === media.owner.participantId) return false;
      const replaced = new Set(producers.map(({ replaces }) => replaces));
      return producers.some((producer) => producer.mediaNodeId === mediaNodeId && !replaced.has(producer.id));
    })
    .map(({ id }) => id);
}

/** Milliseconds. A media node needs some tens of them; a slow one must not keep a newcomer out of the room. */
const LONGEST_OPENING = 400;

/** Half of what a participant may have open, so that the client can still open others. */
const MOST_NODES = 3;

/** For each media node: a page of tiles with their sound. */
const MOST_CONSUMERS = 36;
