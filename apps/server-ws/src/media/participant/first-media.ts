import type { Clock } from '@waterbus/cluster';
import type { RtpCapabilities } from '@waterbus/media-host';
import type { ClientResponse, JoinedResponse, JoinRequestMedia } from '@waterbus/protocol';
import type { LiveRoom } from '../../rooms/live-room.js';
import { withDeadline } from '../../time/with-deadline.js';
import { deviceCapabilities } from './device-capabilities.js';
import type { ParticipantMedia } from './participant-media.js';
import { subscribeAll } from './subscribing.js';
import { closeTransport, openTransport } from './transports.js';

export interface FirstMediaContext {
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
  context: FirstMediaContext,
): Promise<FirstMedia> {
  const opening = new FirstMediaOpening(media, room, wanted, context);
  await withDeadline(context.clock, LONGEST_OPENING, opening.openAll());
  return opening.answer();
}

class FirstMediaOpening {
  private readonly opened: FirstMedia = { receive: [] };
  private answered = false;

  constructor(
    private readonly media: ParticipantMedia,
    private readonly room: LiveRoom,
    private readonly wanted: JoinRequestMedia,
    private readonly context: FirstMediaContext,
  ) {}

  /** Resolves when everything is opened or refused. */
  async openAll(): Promise<void> {
    const { receive } = this.wanted;
    const nodes = receive ? publishingNodes(this.media, this.room) : [];
    const receiving = nodes.map((mediaNodeId) => this.openReceiving(mediaNodeId, receive!));
    // Others will most likely publish on the media node of this one.
    const beside = this.openSending().then(async () => {
      const { mediaNodeId } = this.opened.send ?? {};
      if (!receive || mediaNodeId === undefined || nodes.includes(mediaNodeId)) return;
      await this.openReceiving(mediaNodeId, receive);
    });
    await Promise.allSettled([...receiving, beside]);
  }

  /** The current state: a subscription under way continues, and is closed when it is done. */
  answer(): FirstMedia {
    this.answered = true;
    const receive = this.opened.receive.map((opened) => ({ ...opened, consumers: [...opened.consumers] }));
    return { ...this.opened, receive };
  }

  private async openSending(): Promise<void> {
    if (this.wanted.send) this.opened.send = await this.openTransport('send');
  }

  private async openReceiving(mediaNodeId: string, capabilities: RtpCapabilities): Promise<void> {
    const { media, room, context } = this;
    const receiving = await this.openTransport('receive', mediaNodeId);
    const consumers: ClientResponse<'subscribe'>['consumers'] = [];
    this.opened.receive.push({ ...receiving, consumers });
    const rtpCapabilities = deviceCapabilities(capabilities, await context.rtpCapabilities());
    if (this.answered) return;
    // The client requests the rest, and shows some pictures first.
    const participantIds = publishersOn(mediaNodeId, media, room);
    const request = { participantIds, most: MOST_CONSUMERS, transportId: receiving.transport.id, rtpCapabilities };
    await subscribeAll(media, room, request, context.mayReceive, (opened) => {
      if (!this.answered) consumers.push(...opened);
      return !this.answered;
    });
  }

  private async openTransport(
    direction: 'send' | 'receive',
    mediaNodeId?: string,
  ): Promise<ClientResponse<'transport.open'>> {
    const { media, room, context } = this;
    const allowed = direction === 'send' ? context.maySend : context.mayReceive;
    const request = { direction, ...(mediaNodeId !== undefined && { mediaNodeId }) };
    const opened = await openTransport(media, request, () => room.toPlace(), context.clock, allowed);
    if (!this.answered) return opened;
    await closeTransport(media, opened.transport.id);
    throw new Error('the newcomer has its answer');
  }
}

/**
 * Media nodes on which others publish, the one with the most producers first; a silent one would
 * only delay the answer.
 */
function publishingNodes(media: ParticipantMedia, room: LiveRoom): string[] {
  const counts = new Map<string, number>();
  const isSilent = (mediaNodeId: string) => media.directory.remote(mediaNodeId)?.silent ?? false;
  for (const { id, producers } of room.publishers) {
    if (id === media.owner.participantId) continue;
    for (const { mediaNodeId } of producers)
      if (!isSilent(mediaNodeId)) counts.set(mediaNodeId, (counts.get(mediaNodeId) ?? 0) + 1);
  }
  const nodes = [...counts.keys()].sort((one, other) => counts.get(other)! - counts.get(one)!);
  return nodes.slice(0, MOST_NODES);
}

/** The publishers with a stream on this media node that no other one continues (R10). */
function publishersOn(mediaNodeId: string, media: ParticipantMedia, room: LiveRoom): string[] {
  return room.publishers
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
