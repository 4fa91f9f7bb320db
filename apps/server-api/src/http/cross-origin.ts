import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/**
 * Lets pages of these origins use the API (Fetch standard, CORS). They bring bearer tokens; cookies of ours are never sent along. Without any
 * the API says nothing of CORS, and browsers keep all other origins out.
 */
export async function allowOrigins(fastify: FastifyInstance, origins: string[]): Promise<void> {
  if (origins.length === 0) return;
  await fastify.register(cors, {
    origin: origins,
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'last-event-id'],
    exposedHeaders: ['location', 'retry-after', 'www-authenticate'],
    maxAge: PREFLIGHT_LIFETIME,
  });
}

/** Seconds: an origin that is taken off the list is kept out within minutes. */
const PREFLIGHT_LIFETIME = 600;
