import { type SignallingWay, signallingWay, wayToOrigin } from '@waterbus/protocol';
import type { FastifyRequest } from 'fastify';
import type { ApiParts } from '../parts.js';

/** Without an origin of its own, signalling is where the client's request arrived. */
export function wayOf(
  request: FastifyRequest,
  { signallingOrigins: [origin], options }: Pick<ApiParts, 'signallingOrigins' | 'options'>,
): SignallingWay | undefined {
  return origin ? wayToOrigin(origin) : signallingWay(request.raw, options.publicUrl);
}
