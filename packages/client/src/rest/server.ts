import { type ServerOffer, serverOfferSchema } from '@waterbus/protocol';
import { request, understood } from './rest-request.js';

/**
 * The server's public settings: who may register, create meetings and join as a guest, and whether
 * it sends mail.
 *
 * @throws {WaterbusError} `request.rate_limited`, `network.unreachable`.
 */
export async function getServerOffer({ server }: { server?: string } = {}): Promise<ServerOffer> {
  return understood(serverOfferSchema, await request({ server, path: '/v1/server' }));
}
