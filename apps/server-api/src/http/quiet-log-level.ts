import type { FastifyInstance, LogLevel } from 'fastify';

/** For routes that are asked every few seconds: `warn`, unless the server is quieter than that. */
export function quietLogLevel(fastify: FastifyInstance): LogLevel {
  const level = fastify.log.level as LogLevel;
  return level === 'silent' || level === 'fatal' || level === 'error' ? level : 'warn';
}
