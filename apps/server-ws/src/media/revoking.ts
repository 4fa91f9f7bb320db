import type { MediaNode } from '@waterbus/media-host';
import { CodedError, type Grants, type Source } from '@waterbus/protocol';
import { answered } from './errors.js';
import type { OwnProducer, OwnTransport, ParticipantMedia } from './participant-media.js';
import { closeOn, setPausedOn } from './publishing.js';

/**
 * What somebody else stops of a participant's media. Forwarding is stopped at once, past all that the participant has asked for and
 * that is still waiting (R7: within 500 ms); then, in its turn, what has come of that too, and the room is told.
 */

/** Stops everything the participant sends of a source; its owner may start it again. */
export function mute(media: ParticipantMedia, source: Source): () => Promise<void> {
  const concerned = (own: OwnProducer) => own.producer.source === source;
  haltProducers(media, concerned);
  return () =>
    onEach(media, async (node, mediaNodeId) => {
      for (const { producer } of producersOn(media, mediaNodeId, concerned)) {
        await unlessGone(setPausedOn(node, media, producer.id, true));
      }
    });
}

/** Closes what the grants do not cover (any more). */
export function revoke(media: ParticipantMedia, grants: Grants): () => Promise<void> {
  const ungranted = (own: OwnProducer) => !grants.publish.includes(own.producer.source);
  haltProducers(media, ungranted);
  if (!grants.subscribe) haltReceiving(media);
  return () =>
    onEach(media, async (node, mediaNodeId) => {
      for (const own of producersOn(media, mediaNodeId, ungranted)) await unlessGone(closeOn(node, media, own));
      if (grants.subscribe) return;
      for (const transport of receiving(media)) {
        if (transport.mediaNodeId === mediaNodeId) await unlessGone(closeReceiving(node, media, transport));
      }
    });
}

function haltProducers(media: ParticipantMedia, concerned: (own: OwnProducer) => boolean): void {
  for (const own of media.producers.values()) {
    if (!concerned(own)) continue;
    const { id, mediaNodeId } = own.producer;
    halt(media, media.directory.get(mediaNodeId)?.pauseProducer(id));
  }
}

function haltReceiving(media: ParticipantMedia): void {
  for (const { id, mediaNodeId } of receiving(media)) halt(media, media.directory.get(mediaNodeId)?.closeTransport(id));
}

/** What fails here is tried again, and told, in its turn. */
function halt(media: ParticipantMedia, call: Promise<void> | undefined): void {
  if (!call) return;
  unlessGone(answered(call, 'producer.not_found')).catch((error) => media.owner.failed('not halted at once', error));
}

async function closeReceiving(node: MediaNode, media: ParticipantMedia, { id }: OwnTransport): Promise<void> {
  media.forgetTransport(id);
  media.owner.tell('transport.closed', { transportId: id, reason: 'not-granted' });
  await answered(node.closeTransport(id), 'transport.not_found');
}

function producersOn(
  media: ParticipantMedia,
  mediaNodeId: string,
  concerned: (own: OwnProducer) => boolean,
): OwnProducer[] {
  return [...media.producers.values()].filter((own) => own.producer.mediaNodeId === mediaNodeId && concerned(own));
}

function receiving(media: ParticipantMedia): OwnTransport[] {
  return [...media.transports.values()].filter(({ direction }) => direction === 'receive');
}

/** After what was asked before. A media node that is gone forwards nothing. */
async function onEach(
  media: ParticipantMedia,
  work: (node: MediaNode, mediaNodeId: string) => Promise<void>,
): Promise<void> {
  const ids = [...media.mediaNodeIds()];
  // Nobody else waits for the one while holding the other.
  const onBoth = (id: string) => media.on(id, 'send', () => media.on(id, 'receive', (node) => work(node, id)));
  await Promise.all(ids.map((id) => unlessGone(onBoth(id))));
}

/** What is gone already is stopped. */
async function unlessGone(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof CodedError) || !GONE.has(error.code)) throw error;
  }
}

const GONE: ReadonlySet<string> = new Set([
  'media_node.not_found',
  'media_node.lost',
  'transport.not_found',
  'producer.not_found',
]);
