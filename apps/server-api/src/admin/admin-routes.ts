import type { SettingsInForce } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ApiParts } from '../parts.js';
import { addSettingRoutes } from './setting-routes.js';

/** Routes of the administrators of the server (`ADMINS`). */
export async function addAdminRoutes(
  fastify: FastifyInstance,
  _parts: ApiParts,
  options: { settingsInForce?: SettingsInForce },
): Promise<void> {
  addSettingRoutes(fastify, options.settingsInForce);
}
