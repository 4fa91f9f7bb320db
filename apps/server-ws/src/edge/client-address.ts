import type { IncomingMessage } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';

/**
 * Whose request it is, for limits by address. `X-Forwarded-For` is read from its right end and only for as long as a trusted proxy
 * wrote the entry: whatever stands further left may be invented.
 */
export function clientAddresses(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const trusts = proxyAddress.compile([...trustedProxies]);
  return (request) => proxyAddress(request, trusts);
}
