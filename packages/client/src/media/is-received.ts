import { isPassing } from '../failures.js';
import type { Requester } from '../signalling/session.js';

/** Whether anybody receives one of these own producers. While nobody can say, somebody may. */
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
