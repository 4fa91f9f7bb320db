import type { FastifyRequest } from 'fastify';

/**
 * The client's address; undefined behind a proxy of this machine that the settings do not name:
 * such a proxy makes no client local.
 */
export function clientOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): string | undefined {
  // A socket for both families shows IPv4 addresses within IPv6 ones.
  const address = ip.replace(/^::ffff:(?=\d+\.)/, '');
  const isLocal = /^(::1$|127\.)/.test(address);
  return isLocal && headers['x-forwarded-for'] !== undefined ? undefined : address;
}
