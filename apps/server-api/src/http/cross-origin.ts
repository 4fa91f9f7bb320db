import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/**
 * Allows pages of these origins to use the API (Fetch standard, CORS). They send bearer tokens,
 * never our cookies. Without any origin the API sends no CORS headers, and browsers block all other
 * origins.
 */
export async function allowOrigins(fastify: FastifyInstance, origins: string[]): Promise<void> {
  if (origins.length === 0) return;
  await fastify.register(cors, {
    origin: origins,
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'if-match', 'last-event-id'],
    exposedHeaders: ['accept-patch', 'etag', 'link', 'location', 'retry-after', 'www-authenticate'],
    maxAge: PREFLIGHT_LIFETIME,
  });
}

/** Seconds: an origin that is removed from the list is blocked within minutes. */
const PREFLIGHT_LIFETIME = 600;
