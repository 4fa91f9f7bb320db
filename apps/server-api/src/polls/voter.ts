import { createHmac } from 'node:crypto';
import type { SharedOptions } from '../parts.js';

/**
 * The voter of a poll as stored: a hash under the server's secret, so that the database alone does
 * not reveal who voted. `id`: a sender's id or a guest's key. Another hash in each poll.
 */
export function voterHash({ secret }: Pick<SharedOptions, 'secret'>, pollId: string, id: string): string {
  return createHmac('sha256', secret).update(`poll\n${pollId}\n${id}`).digest('base64url');
}
