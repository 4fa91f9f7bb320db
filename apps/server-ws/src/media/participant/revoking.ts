import type { MediaNode } from '@waterbus/media-host';
import { CodedError, type Grants, type Source } from '@waterbus/protocol';
import { answered } from './errors.js';
import type { OwnProducer, OwnTransport } from './own-media.js';
import type { ParticipantMedia } from './participant-media.js';
import { closeOn, setPausedOn } from './publishing.js';

/**
 * Stops of a participant's media by others. Forwarding stops at once, ahead of all the
 * participant's pending requests (R7: within 500 ms); then, in its turn, the result of those
 * requests is stopped too, and the room is notified.
 */

/** Stops the participant's streams of a source; its owner may start it again. */
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

/** Closes the streams that the grants do not cover (any more). */
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

/** A failure here is retried, and reported, in its turn. */
function halt(media: ParticipantMedia, call: Promise<void> | undefined): void {
  if (!call) return;
  unlessGone(answered(call, 'producer.not_found')).catch((error) => media.owner.failed('not halted at once', error));
}

async function closeReceiving(node: MediaNode, media: ParticipantMedia, { id }: OwnTransport): Promise<void> {
  media.forgetTransport(id);
  media.owner.emit('transport.closed', { transportId: id, reason: 'not-granted' });
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

/** After all earlier requests. A lost media node forwards nothing. */
async function onEach(
  media: ParticipantMedia,
  work: (node: MediaNode, mediaNodeId: string) => Promise<void>,
): Promise<void> {
  const ids = [...media.mediaNodeIds()];
  // No other work waits for the one while holding the other.
  const onBoth = (id: string) => media.on(id, 'send', () => media.on(id, 'receive', (node) => work(node, id)));
  await Promise.all(ids.map((id) => unlessGone(onBoth(id))));
}

/** A stream that is already closed counts as stopped. */
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
