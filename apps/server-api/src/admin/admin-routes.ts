import type { SettingsInForce } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import { openAvatars } from '../avatars/open-avatars.js';
import type { ApiParts } from '../parts.js';
import type { StorageOptions } from '../storage/open-storage.js';
import { addOwnedApiKeyRoutes } from './api-key-routes.js';
import { addChangeRoutes } from './change-routes.js';
import { addLiveMeetingRoutes } from './live-meeting-routes.js';
import { addNodeRoutes } from './node-routes.js';
import { addSettingRoutes } from './setting-routes.js';
import { addStorageRoutes } from './storage-routes.js';
import { addUserRoutes } from './user-routes.js';
import { addOwnedWebhookRoutes } from './webhook-routes.js';

/** Routes of the administrators of the server (`ADMINS`). */
export async function addAdminRoutes(
  fastify: FastifyInstance,
  parts: ApiParts,
  options: StorageOptions & { settingsInForce?: SettingsInForce; qualityDays?: number },
): Promise<void> {
  const avatars = openAvatars(options);
  addNodeRoutes(fastify, parts);
  addLiveMeetingRoutes(fastify, parts);
  addUserRoutes(fastify, parts, avatars);
  addOwnedApiKeyRoutes(fastify, parts);
  addOwnedWebhookRoutes(fastify, parts);
  addStorageRoutes(fastify, parts, avatars, options);
  addSettingRoutes(fastify, options.settingsInForce);
  addChangeRoutes(fastify, parts);
}
