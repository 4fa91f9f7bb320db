import { type ClientRequest, CodedError } from '@waterbus/protocol';
import { TokenBucket } from '../../time/token-bucket.js';
import { answered } from './errors.js';
import type { ParticipantMedia } from './participant-media.js';

/**
 * Sends this participant's display preferences to the media nodes. Only its own consumers are
 * considered (R7); closed ones are ignored. Runs at once, without queueing: it affects nothing
 * else.
 */
export async function setPreferences(
  media: ParticipantMedia,
  { consumers }: ClientRequest<'consumer.setPreferences'>,
  now: number,
): Promise<void> {
  if (media.closed) throw new CodedError('session.expired');
  const { preferencesPerSecond, preferenceBurst } = media.limits;
  media.preferenceBucket ??= new TokenBucket(preferencesPerSecond, preferenceBurst, now);
  if (!media.preferenceBucket.take(now, consumers.length))
    throw new CodedError('limit.reached', 'too many preferences');
  await Promise.all(
    consumers.map(async ({ consumerId, ...preferences }) => {
      const consumer = media.consumers.get(consumerId);
      const transport = consumer && media.transports.get(consumer.transportId);
      const node = transport && media.directory.get(transport.mediaNodeId);
      if (!node) return;
      await answered(node.setConsumerPreferences(consumerId, preferences), 'consumer.not_found').catch((error) => {
        if (!(error instanceof CodedError) || !GONE.has(error.code)) throw error;
      });
    }),
  );
}

const GONE: ReadonlySet<string> = new Set(['consumer.not_found', 'media_node.lost']);
