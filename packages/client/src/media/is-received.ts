import { isPassing } from '../failures.js';
import type { Requester } from '../signalling/session.js';

/**
 * Whether any participant receives one of these own producers. True while the servers do not
 * answer.
 */
export async function isReceived(session: Requester, producerIds: readonly string[]): Promise<boolean> {
  const received = producerIds.map(async (producerId) => {
    try {
      return (await session.request('producer.stats', { producerId })).consumers > 0;
    } catch (error) {
      return isPassing(error);
    }
  });
  return (await Promise.all(received)).includes(true);
}
