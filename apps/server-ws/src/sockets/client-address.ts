import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddress from '@fastify/proxy-addr';

/** Whether an address is one of a trusted proxy. */
export function proxyAddresses(trustedProxies: readonly string[]): (address: string) => boolean {
  const trusts = proxyAddress.compile([...trustedProxies]);
  return (address) => isIP(address) !== 0 && trusts(address, 0);
}

/**
 * The client's address of a request, for limits by address. `X-Forwarded-For` is read from its
 * right end and only for as long as a trusted proxy wrote the entry: entries further left may be
 * forged.
 */
export function clientAddresses(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const trusts = proxyAddress.compile([...trustedProxies]);
  return (request) => proxyAddress(request, trusts);
}
