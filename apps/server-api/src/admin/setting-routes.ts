import { type SettingsInForce, settingsInForceSchema } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { problemResponses } from '../http/problem-responses.js';

/** The settings of the process that answers. */
export function addSettingRoutes(fastify: FastifyInstance, settingsInForce: SettingsInForce | undefined): void {
  fastify.withTypeProvider<ZodTypeProvider>().get(
    '/v1/admin/settings',
    {
      config: { access: { by: 'administrator' } },
      schema: {
        tags: ['administration'],
        summary: 'Lists the settings in force of the process that answers, without secrets',
        description: 'Servers of a cluster may have different ones. `source` shows whether a secret is set.',
        response: { 200: settingsInForceSchema, ...problemResponses(401, 404, 429) },
      },
    },
    async () => settingsInForce ?? { version: null, settings: [] },
  );
}
