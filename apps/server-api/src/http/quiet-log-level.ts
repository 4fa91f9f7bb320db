import type { FastifyInstance, LogLevel } from 'fastify';

/** For routes that are requested every few seconds: `warn`, unless the server logs even less. */
export function quietLogLevel(fastify: FastifyInstance): LogLevel {
  const level = fastify.log.level as LogLevel;
  return level === 'silent' || level === 'fatal' || level === 'error' ? level : 'warn';
}
