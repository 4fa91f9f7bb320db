import type { FastifyInstance } from 'fastify';
import type { ApiParts } from '../parts.js';

export async function addParticipantRoutes(_fastify: FastifyInstance, _parts: ApiParts): Promise<void> {}
