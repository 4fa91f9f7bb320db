import type { FastifyRequest } from 'fastify';

/**
 * The client's address; undefined behind a proxy of this machine that the settings do not name:
 * such a proxy makes no client local.
 */
export function clientOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): string | undefined {
  const isLocal = /^(::1|(::ffff:)?127\.)/.test(ip);
  return isLocal && headers['x-forwarded-for'] !== undefined ? undefined : ip;
}
